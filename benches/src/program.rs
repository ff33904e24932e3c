//! A function as it ships: built, and run under the Runtime API with its instructions counted or not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::{lambda::Lambda, tls::Authority};

/// The folder of the workspace.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A program that was built.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its package.
    pub name: String,
    path: PathBuf,
}

/// The bytes of a program.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// As it is deployed.
    pub bytes: u64,
    /// The same, compressed.
    pub compressed: u64,
}

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// As it is.
    Bare,
    /// With its instructions counted.
    Counted,
}

impl Program {
    /// Builds the package alone, so that it has the features that it ships with. It keeps the names of its functions,
    /// for profiles.
    pub async fn build(package: &str) -> Self {
        fs::create_dir_all(folder()).unwrap();
        // Cargo names itself to what it runs.
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap());
        cargo.args(["build", "--release", "--package", package]).current_dir(WORKSPACE);
        cargo.env("CARGO_PROFILE_RELEASE_STRIP", "none");
        assert!(cargo.status().await.unwrap().success(), "{package} cannot be built");
        Self { name: package.to_owned(), path: Path::new(WORKSPACE).join("target/release").join(package) }
    }

    /// A copy of it that trusts `authority` in place of one of its roots.
    #[must_use]
    pub fn trusting(&self, authority: &Authority) -> Self {
        let name = format!("{}-tls", self.name);
        let copy = Self { path: folder().join(&name), name };
        fs::copy(&self.path, &copy.path).unwrap();
        fs::write(&copy.path, authority.trusted_by(fs::read(&self.path).unwrap())).unwrap();
        copy
    }

    /// Its size without names.
    pub async fn size(&self) -> Size {
        let stripped = self.file("stripped");
        let strip = Command::new("strip").arg("-o").arg(&stripped).arg(&self.path).status().await.unwrap();
        assert!(strip.success());
        let compressed = Command::new("gzip").args(["-9", "-c"]).arg(&stripped).output().await.unwrap();
        Size { bytes: fs::metadata(&stripped).unwrap().len(), compressed: compressed.stdout.len() as u64 }
    }

    /// Starts it, and waits until it asks for an event.
    pub async fn start(&self, run: Run, services: &str) -> Process {
        let mut lambda = Lambda::open().await;
        let child = self.spawn(run, lambda.address(), services);
        lambda.is_asked().await;
        Process { lambda, child, log: (run == Run::Counted).then(|| self.file("valgrind")) }
    }

    fn spawn(&self, run: Run, lambda: &str, services: &str) -> Child {
        let mut command = match run {
            Run::Bare => Command::new(&self.path),
            Run::Counted => {
                let mut command = Command::new("valgrind");
                command.arg("--tool=callgrind").arg(option("log-file", &self.file("valgrind")));
                command.arg(option("callgrind-out-file", &self.file("callgrind"))).arg(&self.path);
                command
            }
        };
        let errors = fs::File::create(self.file("errors")).unwrap();
        command.env_clear().envs([
            ("AWS_LAMBDA_RUNTIME_API", lambda),
            ("AWS_ENDPOINT_URL", services),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("HUB_TABLE", aws_local::engine::HUB_TABLE),
            ("TOKENS_TABLE", aws_local::engine::TOKENS_TABLE),
            ("KMS_KEY_ID", tests::MASTER),
            ("HUB_PUBLIC_URL", tests::hub::PUBLIC_URL),
            ("STAGE", "sandbox"),
            ("PATH", "/usr/bin:/bin"),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).kill_on_drop(true).spawn().unwrap()
    }

    fn file(&self, what: &str) -> PathBuf {
        folder().join(format!("{}.{what}", self.name))
    }
}

/// Where profiles and logs are left.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(WORKSPACE).join("target/bench")
}

fn option(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

/// A program that runs.
pub struct Process {
    lambda: Lambda,
    child: Child,
    log: Option<PathBuf>,
}

impl Process {
    /// Hands it an event, and waits until it asks for the next one: its answer.
    pub async fn answer(&mut self, event: Value) -> Value {
        let answer = self.lambda.hand(event).await;
        self.lambda.is_asked().await;
        answer
    }

    /// Ends it: its instructions, where they were counted.
    pub async fn end(mut self) -> Option<u64> {
        let id = self.child.id().unwrap();
        rests(id).await;
        // A signal by which callgrind ends and writes its count.
        assert!(Command::new("kill").args(["-TERM", &id.to_string()]).status().await.unwrap().success());
        self.child.wait().await.unwrap();
        let log = fs::read_to_string(self.log?).unwrap();
        let count = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        Some(count.unwrap_or_else(|| panic!("no instructions were counted: {log}")))
    }
}

/// Waits until the process waits for an answer of the network: until then it still works on what it has asked.
async fn rests(process: u32) {
    let stat = format!("/proc/{process}/stat");
    loop {
        let text = fs::read_to_string(&stat).unwrap();
        if text.rsplit(')').next().unwrap().trim_start().starts_with('S') {
            return;
        }
        tokio::task::yield_now().await;
    }
}
