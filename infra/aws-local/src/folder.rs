//! The folder in which a hub keeps its data. One hub uses it at a time.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::fresh_id;

/// Where `--memory` keeps its files: a file system in memory.
const SHARED_MEMORY: &str = "/dev/shm";

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process uses it.
    #[error("a hub is running on the folder {}; nothing was recorded. Stop it first", .0.display())]
    Busy(PathBuf),
    /// The folder cannot be made, read or written.
    #[error("the folder {} cannot be used: {source}", path.display())]
    Unusable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A folder that this process alone uses until this value is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Keeps the lock, which ends with the process even when it is killed.
    _lock: File,
    is_temporary: bool,
}

impl Folder {
    /// The folder at `path`, made if it does not exist. Only its owner can read it.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        Self::locked(path, false)
    }

    /// A fresh folder in memory, which is removed with this value.
    ///
    /// # Errors
    /// [`FolderError::Unusable`].
    pub fn in_memory() -> Result<Self, FolderError> {
        let parent = Some(PathBuf::from(SHARED_MEMORY)).filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir);
        Self::locked(&parent.join(format!("catraca-{}", fresh_id())), true)
    }

    fn locked(path: &Path, is_temporary: bool) -> Result<Self, FolderError> {
        let unusable = |source| FolderError::Unusable { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).mode(0o600).open(path.join("lock"));
        let lock = lock.map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => FolderError::Busy(path.to_owned()),
            TryLockError::Error(source) => unusable(source),
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock, is_temporary })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file `name` in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, folder = %self.path.display(), "the folder in memory could not be removed");
        }
    }
}

/// Writes a file that only its owner may read; it appears whole, in place of the one before.
///
/// # Errors
/// What the system says.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", fresh_id()));
    let draft = PathBuf::from(draft);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_folder_has_one_user_at_a_time() {
        let scratch = Folder::in_memory().unwrap();
        let path = scratch.file("data");
        let first = Folder::open(&path).unwrap();
        let refused = Folder::open(&path).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("a hub is running on the folder {}; nothing was recorded. Stop it first", path.display())
        );
        drop(first);
        Folder::open(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
    }

    #[test]
    fn a_folder_in_memory_is_removed_when_it_is_dropped() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.path().to_owned();
        fs::write(folder.file("hub.db"), "").unwrap();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn an_error_names_the_folder_that_cannot_be_made() {
        let scratch = Folder::in_memory().unwrap();
        let file = scratch.file("file");
        fs::write(&file, "").unwrap();
        let refused = Folder::open(&file).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("the folder {} cannot be used: ", file.display())), "{refused}");
    }

    #[test]
    fn a_private_file_replaces_the_one_before_and_leaves_no_draft() {
        let scratch = Folder::in_memory().unwrap();
        let path = scratch.file("hub.env");
        fs::write(&path, "HUB_URL=old\nmore\n").unwrap();
        write_private(&path, "HUB_URL=new\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "HUB_URL=new\n");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 2, "the file and the lock");
    }
}
