//! Builds what browsers load: the modules of `web/` become two scripts and a style sheet, each with its hash; the
//! scripts are also compressed. `src/assets.rs` includes them.

mod modules;

use std::{env, error::Error, fs, io::Write, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use brotli::{CompressorWriter, enc::BrotliEncoderParams};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha384};

/// Digits of a script's hash in its name.
const DIGITS: usize = 16;

#[expect(clippy::print_stdout, reason = "cargo reads what a build script prints")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=web");
    println!("cargo::rerun-if-changed=build");
    let folder = env::var("OUT_DIR")?;
    let out = Path::new(&folder);
    let (component, form) = (script("catraca-checkout.js")?, script("surface.js")?);
    let name = format!("form-{}.js", hex::encode(Sha384::digest(&form)).get(..DIGITS).unwrap_or_default());
    // The tokens of the theme come first.
    let style = modules::style(&[read("page.css")?, read("form/form.css")?]);
    if style.contains("</") {
        return Err("the style sheet would end its element in the page".into());
    }
    let style = style.trim_end();
    fs::write(out.join("style.css"), style)?;
    let code = [
        asset(out, "COMPONENT", "what a merchant's page loads: the element", "catraca-checkout.js", &component)?,
        asset(out, "FORM", "the script of both pages", "form.js", &form)?,
        format!("/// The name of [`FORM`] among the assets.\npub(crate) const FORM_NAME: &str = {name:?};\n"),
        format!("/// The hash of [`STYLE`].\npub(crate) const STYLE_HASH: &str = {:?};\n", integrity(style.as_bytes())),
    ];
    Ok(fs::write(out.join("assets.rs"), code.concat())?)
}

/// The module `entry` with all that it imports.
fn script(entry: &str) -> Result<String, String> {
    modules::joined(entry, &read)
}

/// The file of that name in `web/`.
fn read(name: &str) -> Result<String, String> {
    fs::read_to_string(Path::new("web").join(name)).map_err(|error| format!("web/{name}: {error}"))
}

/// Writes the script, plain and compressed, and returns the definition of the constant that includes it.
fn asset(out: &Path, constant: &str, what: &str, name: &str, script: &str) -> Result<String, Box<dyn Error>> {
    let plain = script.as_bytes();
    fs::write(out.join(name), plain)?;
    fs::write(out.join(format!("{name}.gz")), gzip(plain)?)?;
    fs::write(out.join(format!("{name}.br")), brotli(plain)?)?;
    let file = |suffix: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}{suffix}\"))");
    Ok(format!(
        "/// {what}.\npub(crate) static {constant}: Asset = Asset {{ media_type: \"text/javascript; charset=utf-8\", \
         integrity: {:?}, plain: {}, gzip: {}, brotli: {} }};\n",
        integrity(plain),
        file(""),
        file(".gz"),
        file(".br"),
    ))
}

/// The hash as browsers check it (<https://www.w3.org/TR/SRI/>).
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut compressed = Vec::new();
    let mut writer = CompressorWriter::with_params(&mut compressed, 4096, &BrotliEncoderParams::default());
    writer.write_all(bytes)?;
    drop(writer);
    Ok(compressed)
}
