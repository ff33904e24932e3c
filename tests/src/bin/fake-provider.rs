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
    let mut text = format!("{kind} is played at {url}\n\ncatraca --provider-url {kind}={url}\n");
    let fields = fake.fields();
    let fields = fields.as_object().into_iter().flatten();
    let mut options = String::new();
    for (name, value) in fields {
        let value = value.as_str().unwrap_or_default();
        let variable = format!("FAKE_{}", name.to_uppercase());
        text.push_str(&format!("export {variable}='{value}'\n"));
        options.push_str(&format!(" --field-env {name}={variable}"));
    }
    text.push_str(&format!("catraca provider add {kind} --client ID --merchant ID{options}\n"));
    io::stdout().write_all(text.as_bytes()).map_err(|problem| problem.to_string())?;
    std::future::pending().await
}
