//! Golden files of an adapter, in the folder `golden` beside its code. `CATRACA_BLESS=1` writes them.

use std::{collections::BTreeMap, env, fs, path::Path};

use providers::{HttpRequest, Target, Verb};
use serde_json::{Map, Value, json};

/// Compares `files`, by name, with the golden files of `adapter`: each is there, and says the same, and there is no other.
pub(crate) fn compare(adapter: &str, files: &BTreeMap<String, Value>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(adapter).join("golden");
    let written = |value: &Value| format!("{value:#}\n");
    if env::var_os("CATRACA_BLESS").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, value) in files {
            fs::write(folder.join(name), written(value)).unwrap();
        }
    }
    let there = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut there: Vec<_> = there.collect();
    there.sort_unstable();
    assert_eq!(there, files.keys().cloned().collect::<Vec<_>>(), "a golden file is missing, or is of no case");
    for (name, value) in files {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), written(value), "{name}");
    }
}

/// A request as a golden file prints it; none of its headers is a secret.
pub(crate) fn printed(request: &HttpRequest) -> Value {
    let Target::Provider { base, path } = &request.target else { panic!("a request to the sandbox") };
    let method = match request.verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
        Verb::Put => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
    };
    let headers: Map<_, _> = request.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    json!({"method": method, "url": format!("{base}{path}"), "headers": headers, "body": body})
}
