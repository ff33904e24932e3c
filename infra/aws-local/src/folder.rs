//! The folder in which a hub keeps its data. One hub uses it at a time.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, DirEntry, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use crate::fresh_id;

/// Where `--memory` keeps its files: a file system in memory.
const SHARED_MEMORY: &str = "/dev/shm";
/// How the name of a temporary folder begins.
const TEMPORARY: &str = "catraca-";
/// How its name begins before it is locked.
const UNLOCKED: &str = ".catraca-";
/// How long a process may take from making its temporary folder to locking it.
const SOON: Duration = Duration::from_mins(1);
/// The file that is locked.
const LOCK: &str = "lock";

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

    /// A fresh folder in memory, which is removed with this value. The folders of [killed processes](remove_abandoned) are
    /// removed too.
    ///
    /// # Errors
    /// [`FolderError::Unusable`].
    pub fn in_memory() -> Result<Self, FolderError> {
        let parent = memory();
        remove_abandoned_in(&parent);
        Self::temporary(&parent)
    }

    /// A folder in `parent` gets its name once it is locked, so a name without a lock is one of a killed process.
    fn temporary(parent: &Path) -> Result<Self, FolderError> {
        let id = fresh_id();
        let unlocked = parent.join(format!("{UNLOCKED}{id}"));
        let path = parent.join(format!("{TEMPORARY}{id}"));
        let locked = Self::locked(&unlocked, true)?;
        fs::rename(&unlocked, &path).map_err(|source| FolderError::Unusable { path: path.clone(), source })?;
        Ok(locked.at(path))
    }

    fn at(mut self, path: PathBuf) -> Self {
        self.path = path;
        self
    }

    fn locked(path: &Path, is_temporary: bool) -> Result<Self, FolderError> {
        let unusable = |source| FolderError::Unusable { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).mode(0o600).open(path.join(LOCK));
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

/// Whether the folder at `path` has the file that is locked: every process that uses a folder makes it, and leaves it.
#[must_use]
pub fn has_lock(path: &Path) -> bool {
    path.join(LOCK).exists()
}

/// Where folders in memory are.
fn memory() -> PathBuf {
    Some(PathBuf::from(SHARED_MEMORY)).filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Removes the folders in memory of processes that were killed.
pub fn remove_abandoned() {
    remove_abandoned_in(&memory());
}

/// Removes the temporary folders in `parent` whose process has ended without removing its own. Those that cannot be
/// removed are left: they may be another user's.
fn remove_abandoned_in(parent: &Path) {
    for folder in fs::read_dir(parent).into_iter().flatten().flatten() {
        let lock = OpenOptions::new().write(true).open(folder.path().join(LOCK));
        if is_left(&folder)
            && let Ok(lock) = lock
            && lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(folder.path())
        {
            tracing::warn!(%error, folder = %folder.path().display(), "the folder of a killed process is left");
        }
    }
}

/// Whether it is a temporary folder that is locked as long as its process lives. One that has no name yet is locked
/// soon, or its process was killed before.
fn is_left(folder: &DirEntry) -> bool {
    let begins = |beginning| folder.file_name().to_str().is_some_and(|name| has_id(name, beginning));
    let is_old = || folder.metadata()?.modified()?.elapsed().map_err(io::Error::other).map(|age| age > SOON);
    begins(TEMPORARY) || begins(UNLOCKED) && is_old().unwrap_or(false)
}

/// Whether `name` is `beginning` and an id of this module.
fn has_id(name: &str, beginning: &str) -> bool {
    name.strip_prefix(beginning).is_some_and(|id| Uuid::try_parse(id).is_ok())
}

/// Removes the drafts of the file at `path` that processes left which were killed while they wrote it: a draft's name is
/// the file's, a dot and an id.
///
/// # Errors
/// What the system says.
pub fn remove_drafts(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beginning = path.file_name().map(OsString::from).unwrap_or_default();
    beginning.push(".");
    for file in fs::read_dir(folder)? {
        let file = file?;
        if let (Some(name), Some(beginning)) = (file.file_name().to_str(), beginning.to_str())
            && has_id(name, beginning)
        {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// Writes a file that only its owner may read; it appears whole, in place of the one before.
///
/// # Errors
/// What the system says.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    remove_drafts(path)?;
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
    fn folders_of_killed_processes_are_removed_and_all_others_are_left() {
        let scratch = Folder::in_memory().unwrap();
        let used = Folder::temporary(scratch.path()).unwrap();
        // A killed process keeps no lock and removes nothing.
        let abandoned = scratch.file("catraca-c1db83fa-723c-4e1f-9722-bc19d1be6791");
        let others = [scratch.file("catraca-data"), scratch.file(".catraca-c1db83fa-723c-4e1f-9722-bc19d1be6791")];
        let unnamed = scratch.file(".catraca-3d3dfd3a-4c5b-4f0c-8f0e-1d2a0f5f9d11");
        for folder in [&abandoned, &others[0], &others[1], &unnamed] {
            drop(Folder::open(folder).unwrap());
        }
        File::open(&unnamed).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        remove_abandoned_in(scratch.path());
        assert!(!abandoned.exists() && !unnamed.exists());
        assert!(used.path().exists() && others.iter().all(|folder| folder.exists()));
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
        // A killed process leaves its draft.
        fs::write(scratch.file("hub.env.c1db83fa-723c-4e1f-9722-bc19d1be6791"), "HUB_URL=ne").unwrap();
        fs::write(scratch.file("hub.env.bak"), "").unwrap();
        write_private(&path, "HUB_URL=new\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "HUB_URL=new\n");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 3, "the file, the lock and what is no draft");
    }
}
