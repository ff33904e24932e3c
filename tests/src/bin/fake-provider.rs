//! Runs the fake of one provider for a hub that is tried by hand, until it is ended (Ctrl-C).
//!
//!     cargo run -p tests --bin fake-provider -- PAGARME
//!
//! It prints its address, and the commands that point a hub at it.

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use flows::Clock;
use tests::{
    fakes::{Server, adyen::Adyen, drip::Drip, pagarme::Pagarme},
    shop::{
        Played,
        bcb_pix::{BancoDoBrasil, Bank, Bs2, Standard},
    },
};

#[tokio::main]
async fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or_default();
    match play(&word.to_uppercase()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn play(word: &str) -> Result<(), String> {
    match word {
        "ADYEN" => serve::<Adyen>().await,
        "BB" => serve::<Bank<BancoDoBrasil>>().await,
        "BCB_PIX" => serve::<Bank<Standard>>().await,
        "BS2" => serve::<Bank<Bs2>>().await,
        "DRIP" => serve::<Drip>().await,
        "PAGARME" => serve::<Pagarme>().await,
        _ => Err("name one of ADYEN, BB, BCB_PIX, BS2, DRIP, PAGARME".to_owned()),
    }
}

/// Serves the fake, and prints how a hub calls it. Its secrets are those of a test: anyone may read them.
async fn serve<F: Played>() -> Result<(), String> {
    let fake = F::open(Clock::system());
    let server = Server::open(Arc::clone(&fake) as _).await;
    let (kind, url) = (F::KIND, server.url());
    let fields = fake.fields();
    let fields = || fields.as_object().into_iter().flatten();
    let variable = |name: &str| format!("FAKE_{}", name.to_uppercase());
    let exports =
        fields().map(|(name, value)| format!("export {}='{}'\n", variable(name), value.as_str().unwrap_or_default()));
    let options = fields().map(|(name, _)| format!(" --field-env {name}={}", variable(name)));
    let [exports, options] = [exports.collect::<Vec<_>>(), options.collect()].map(|lines| lines.concat());
    let text = format!(
        "{kind} is played at {url}\n\ncatraca --provider-url {kind}={url}\n{exports}\
         catraca provider add {kind} --client ID --merchant ID{options}\n"
    );
    io::stdout().write_all(text.as_bytes()).map_err(|problem| problem.to_string())?;
    std::future::pending().await
}
