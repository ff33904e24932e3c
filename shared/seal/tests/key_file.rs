//! The master key of one machine, on a real file system.
#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::Barrier,
    thread,
};

use seal::{KeyService, SealError, WrappedKey};

/// An empty folder of the test's own, deleted when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(seal::random_uuid().unwrap().to_string());
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    fn with_key(bytes: &[u8], mode: u32) -> Self {
        let folder = Self::new();
        fs::write(folder.key(), bytes).unwrap();
        fs::set_permissions(folder.key(), Permissions::from_mode(mode)).unwrap();
        folder
    }

    fn refusal(&self) -> String {
        let error = KeyService::file(&self.key()).unwrap_err();
        assert!(matches!(&error, SealError::KeyFile { path, .. } if *path == self.key()), "{error:?}");
        error.to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn the_key_file_is_made_once_for_its_owner_only() {
    let folder = Folder::new();
    KeyService::file(&folder.key()).unwrap();
    assert_eq!(fs::metadata(folder.key()).unwrap().permissions().mode() & 0o777, 0o600);
    let first = fs::read(folder.key()).unwrap();
    assert_eq!(first.len(), 32);
    assert_ne!(first, [0; 32]);
    KeyService::file(&folder.key()).unwrap();
    assert_eq!(fs::read(folder.key()).unwrap(), first);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing else is in the folder");
}

#[tokio::test]
async fn a_second_start_opens_what_the_first_sealed() {
    let folder = Folder::new();
    let aad = seal::Aad::new(domain::ids::ClientId::new(seal::random_uuid().unwrap()), "card", uuid::Uuid::nil());
    let (key, wrapped) = KeyService::file(&folder.key()).unwrap().new_key("client").await.unwrap();
    let sealed = key.seal(&aad, b"4111111111111111").unwrap();

    let stored = serde_json::to_string(&wrapped).unwrap();
    let wrapped: WrappedKey = serde_json::from_str(&stored).unwrap();
    let again = KeyService::file(&folder.key()).unwrap().open_key(&wrapped, "client").await.unwrap();
    assert_eq!(again.open(&aad, &sealed).unwrap().reveal(), b"4111111111111111");
}

#[tokio::test]
async fn a_data_key_opens_for_no_other_context_and_under_no_other_master() {
    let (folder, stranger) = (Folder::new(), Folder::new());
    let key_service = KeyService::file(&folder.key()).unwrap();
    let wrapped = key_service.new_key("client").await.unwrap().1;
    // The key is cached for its own context by now; another context does not get it.
    assert_eq!(key_service.open_key(&wrapped, "other").await.unwrap_err(), SealError::Unwrappable);
    let other = KeyService::file(&stranger.key()).unwrap();
    assert_eq!(other.open_key(&wrapped, "client").await.unwrap_err(), SealError::Unwrappable);
}

#[test]
fn starts_at_the_same_moment_agree_on_one_whole_key() {
    for _ in 0..20 {
        let folder = Folder::new();
        let together = Barrier::new(8);
        thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        together.wait();
                        KeyService::file(&folder.key()).map(|_| fs::read(folder.key()).unwrap())
                    })
                })
                .collect();
            let keys: Vec<_> = starts.into_iter().map(|start| start.join().unwrap().unwrap()).collect();
            assert!(keys.iter().all(|key| *key == fs::read(folder.key()).unwrap()));
        });
    }
}

#[test]
fn a_key_that_others_may_read_is_refused_and_left_alone() {
    for mode in [0o640, 0o604, 0o660, 0o610] {
        let folder = Folder::with_key(&[7; 32], mode);
        assert!(folder.refusal().contains("chmod 600"), "{mode:o}: {}", folder.refusal());
        assert_eq!(fs::read(folder.key()).unwrap(), [7; 32]);
    }
}

#[test]
fn a_key_of_the_wrong_length_is_refused_and_left_alone() {
    for length in [0, 31, 33, 4096] {
        let folder = Folder::with_key(&vec![7; length], 0o600);
        assert!(folder.refusal().contains("exactly 32 bytes"), "{length}: {}", folder.refusal());
        assert_eq!(fs::read(folder.key()).unwrap().len(), length);
    }
}

#[test]
fn a_folder_that_is_not_there_is_named_in_the_refusal() {
    let folder = Folder::new();
    let key = folder.0.join("nowhere").join("master.key");
    let message = KeyService::file(&key).unwrap_err().to_string();
    assert!(message.contains(key.to_str().unwrap()), "{message}");
}

#[tokio::test]
async fn neither_the_key_service_nor_its_refusals_print_a_key() {
    let folder = Folder::with_key(b"an example of a key: 32 bytes...", 0o600);
    let key_service = KeyService::file(&folder.key()).unwrap();
    assert_eq!(format!("{key_service:?} {key_service:#?}"), "KeyService(file) KeyService(file)");
    let wrapped = key_service.new_key("client").await.unwrap().1;
    assert_eq!(format!("{wrapped:?}"), "WrappedKey(61 bytes)");
    let damaged = Folder::with_key(b"an example of a key", 0o600);
    assert!(!damaged.refusal().contains("example"));
}
