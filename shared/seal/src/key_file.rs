//! The master key of one machine: 32 random bytes in a file that only its owner may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    DataKey, SealError,
    random::{random, random_uuid},
};

const LENGTH: usize = 32;

pub(crate) fn read_or_create(path: &Path) -> Result<DataKey, SealError> {
    let unusable = |problem: String| SealError::KeyFile { path: path.to_owned(), problem };
    let file = match File::open(path) {
        Err(missing) if missing.kind() == ErrorKind::NotFound => create(path).and_then(|()| File::open(path)),
        other => other,
    };
    read(file.map_err(|error| unusable(error.to_string()))?).map_err(unusable)
}

fn read(file: File) -> Result<DataKey, String> {
    let mode = file.metadata().map_err(|error| error.to_string())?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err("others than its owner may use it; chmod 600 it, or replace it if they may have read it".to_owned());
    }
    // One byte more than needed shows that a file is too long.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * LENGTH));
    file.take(LENGTH as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    DataKey::new(&bytes).map_err(|_| {
        format!("it must hold exactly {LENGTH} bytes; restore it, because data sealed under it opens with nothing else")
    })
}

/// The file appears whole or not at all, and never in place of another: the key is written under a name of its own,
/// made durable, then linked. Of two starts at once, one link succeeds and both read that key.
fn create(path: &Path) -> io::Result<()> {
    let key = Zeroizing::new(random::<LENGTH>().map_err(io::Error::other)?);
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", random_uuid().map_err(io::Error::other)?));
    let draft = PathBuf::from(draft);
    let linked = write(&draft, key.as_slice()).and_then(|()| match fs::hard_link(&draft, path) {
        Err(lost) if lost.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    linked.and(removed)?;
    sync_folder(path)
}

fn write(draft: &Path, key: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(key)?;
    file.sync_all()
}

/// Makes the file's name durable too: without this a power cut may lose it.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
