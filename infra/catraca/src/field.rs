//! The fields of an account at a provider, as a command gets them.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Read},
    str::{self, FromStr},
};

use domain::merchant::{
    field::{Field, Form},
    order::SecretText,
};
use zeroize::Zeroizing;

/// Bytes of a field that are read, at most: more than any field may have.
const MAX_READ: u64 = 64 * 1024;

/// A name, and what follows its `=`. `Debug` hides that: it may be a secret by mistake.
#[derive(Clone)]
pub(crate) struct Pair {
    name: String,
    text: Zeroizing<String>,
}

impl FromStr for Pair {
    type Err = &'static str;

    fn from_str(pair: &str) -> Result<Self, Self::Err> {
        let (name, text) = pair.split_once('=').ok_or("must be NAME=VALUE")?;
        Ok(Self { name: name.to_owned(), text: Zeroizing::new(text.to_owned()) })
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=..", self.name)
    }
}

/// The fields by name, of an account whose provider has the fields `known`: `given` as they are or in files, the others in
/// `variables` of the environment.
///
/// # Errors
/// What is wrong with one, in words.
pub(crate) fn fields(
    known: &[Field],
    given: &[Pair],
    variables: &[Pair],
) -> Result<BTreeMap<String, SecretText>, String> {
    let mut fields = BTreeMap::new();
    let given = given.iter().map(|pair| (&pair.name, self::given(known, pair)));
    for (name, text) in given.chain(variables.iter().map(|pair| (&pair.name, from_variable(pair)))) {
        if fields.insert(name.clone(), text?).is_some() {
            return Err(format!("{name} comes twice"));
        }
    }
    Ok(fields)
}

/// The text of a field, which is an argument only where it is no secret.
fn given(known: &[Field], Pair { name, text }: &Pair) -> Result<SecretText, String> {
    let field = known.iter().find(|field| field.name == name);
    match text.strip_prefix('@') {
        Some("-") => {
            let read = bytes(io::stdin());
            let read = read.map_err(|problem| format!("{name} cannot be read from standard input: {problem}"))?;
            read_text(field, name, "standard input", &read)
        }
        Some(path) => {
            let read = fs::File::open(path).and_then(bytes);
            let read = read.map_err(|problem| format!("{name} cannot be read from {path}: {problem}"))?;
            read_text(field, name, path, &read)
        }
        None if field.is_some_and(|field| field.is_secret) && !text.is_empty() => Err(format!(
            "{name} is a secret, and other programs can see arguments: use --field {name}=@FILE, --field {name}=@- or \
             --field-env {name}=VARIABLE"
        )),
        None => Ok(SecretText::from(text.as_str())),
    }
}

/// The bytes of a file, which may be endless. What is cut is no field: the hub refuses it for its length.
fn bytes(file: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::new());
    file.take(MAX_READ).read_to_end(&mut read)?;
    Ok(read)
}

/// A field that was read. A certificate or a key that is not in PEM comes with the command that converts it.
fn read_text(field: Option<&Field>, name: &str, from: &str, read: &[u8]) -> Result<SecretText, String> {
    let text = str::from_utf8(read);
    let convert = match field.map(|field| field.form) {
        Some(Form::Certificate) => "openssl pkcs12 -in FILE -clcerts -nokeys | openssl x509 -out FILE.pem",
        Some(Form::PrivateKey) => "openssl pkcs12 -in FILE -nocerts -nodes | openssl pkey -out FILE.pem",
        _ => return text.map(without_newline).map_err(|_| format!("{name}: what is in {from} is no text")),
    };
    let pem = text.ok().filter(|text| text.trim_start().starts_with("-----BEGIN "));
    pem.map(without_newline).ok_or_else(|| {
        format!("{name}: what is in {from} is no PEM. Of a .pfx or .p12 file: {convert}. Other forms: docs/providers/bcb_pix.md")
    })
}

fn from_variable(Pair { name, text }: &Pair) -> Result<SecretText, String> {
    let read = env::var(text.as_str()).map(Zeroizing::new);
    let read = read.map_err(|_| format!("{name}: the environment has no variable {}", text.as_str()))?;
    Ok(SecretText::from(read.as_str()))
}

/// An editor ends a file with a newline, which is no part of a key.
fn without_newline(text: &str) -> SecretText {
    SecretText::from(text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text)))
}
