//! Which files the variables of a hub may replace: none that has anything else.

use std::{
    fs, io,
    path::{Path, PathBuf, absolute},
};

/// The files of a hub's folder, as their names begin.
const OF_THE_HUB: [&str; 6] = ["hub.db", "hub.draft", "master.key", "account.json", "clock", "lock"];

/// That the file at `path` is absent, or holds nothing but variables of a hub, and is none of the hub's own in `data`.
///
/// # Errors
/// What speaks against it, or what the system says.
pub(crate) fn check(path: &Path, data: &Path) -> io::Result<()> {
    if is_of_the_hub(path, data)? {
        return Err(io::Error::other("it belongs to the hub's data; name another file"));
    }
    let is_file = match fs::metadata(path) {
        Ok(found) => found.is_file(),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(other) => return Err(other),
    };
    if is_file && fs::read(path)?.split(|byte| *byte == b'\n').all(is_of_variables) {
        return Ok(());
    }
    Err(io::Error::other("it exists, and holds other things than HUB_ variables; name another file"))
}

fn is_of_the_hub(path: &Path, data: &Path) -> io::Result<bool> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_named_so = OF_THE_HUB.iter().any(|own| name.starts_with(own));
    let path = absolute(path)?;
    Ok(is_named_so && path.parent().map(place) == Some(place(&absolute(data)?)))
}

/// The folder without links, once it exists.
fn place(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

/// Whether the line is empty, a comment or a variable of a hub.
fn is_of_variables(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.starts_with(b"#") || line.starts_with(b"HUB_")
}

#[cfg(test)]
mod tests {
    use aws_local::folder::Folder;

    use super::*;

    #[test]
    fn a_file_is_replaced_that_holds_nothing_but_variables_of_a_hub() {
        let folder = Folder::in_memory().unwrap();
        let (path, data) = (folder.file(".env"), folder.file("data"));
        check(&path, &data).unwrap();
        for text in ["", "HUB_URL=http://127.0.0.1:3000\n", "# the hub\r\n\r\n  HUB_URL=a\r\nHUB_CLIENT_ID=b"] {
            fs::write(&path, text).unwrap();
            check(&path, &data).unwrap();
        }
        for text in ["DATABASE_URL=x\n", "HUB_URL=a\nPORT=1", "export HUB_URL=a", "HUB\n", "\u{0}", "HUB_URL=\"a\nb\""]
        {
            fs::write(&path, text).unwrap();
            let refused = check(&path, &data).unwrap_err().to_string();
            assert_eq!(refused, "it exists, and holds other things than HUB_ variables; name another file", "{text:?}");
        }
        assert!(check(Path::new("/dev/null"), &data).is_err() && check(folder.path(), &data).is_err());
    }

    #[test]
    fn no_file_of_the_hub_is_replaced() {
        let folder = Folder::in_memory().unwrap();
        let data = folder.file("data");
        for is_made in [false, true] {
            for name in ["hub.db", "hub.db-wal", "hub.db-shm", "master.key", "account.json", "clock", "lock", "LOCK"] {
                let refused = check(&data.join(name), &data).unwrap_err().to_string();
                assert_eq!(refused, "it belongs to the hub's data; name another file", "{name}");
                check(&folder.file(name), &data).unwrap();
            }
            check(&data.join("hub.env"), &data).unwrap();
            if !is_made {
                fs::create_dir(&data).unwrap();
                std::os::unix::fs::symlink(&data, folder.file("link")).unwrap();
            }
        }
        assert!(check(&folder.file("link").join("lock"), &data).is_err());
        assert!(check(&data.join("lock"), &folder.file("link")).is_err());
    }
}
