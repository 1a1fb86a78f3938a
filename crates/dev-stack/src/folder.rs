//! The folder in which a stack keeps what it stores, held by one stack at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::Error;

/// The name of the file that is locked. That it is there also says that a stack made the folder.
const LOCK: &str = "lock";

/// A data folder, locked for as long as this value lives, and readable by its owner alone: keys lie in it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Opens a folder, creating it when it is missing.
    pub fn open(path: &Path) -> Result<Self, Error> {
        create(path)?;
        let lock_path = path.join(LOCK);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(Error::file("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only for the message: a number that cannot be read is left out of it.
                let _ = lock.read_to_string(&mut holder);
                return Err(Error::FolderInUse {
                    folder: path.to_owned(),
                    process: holder.trim().parse().ok(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(Error::file("lock", &lock_path)(error)),
        }
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(Error::file("write", &lock_path))?;
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }

    /// Opens a folder and removes all that it holds, but for the folders of stacks that run within it. A folder that no
    /// stack made is left alone.
    pub fn open_empty(path: &Path) -> Result<Self, Error> {
        let holds_files = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        if holds_files && !path.join(LOCK).is_file() {
            return Err(Error::NotOurs {
                folder: path.to_owned(),
            });
        }
        let folder = Self::open(path)?;
        folder.clear()?;
        Ok(folder)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of something in the folder.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes the folder and all that it holds.
    pub fn remove(self) -> Result<(), Error> {
        fs::remove_dir_all(&self.path).map_err(Error::file("remove", &self.path))?;
        drop(self.lock);
        Ok(())
    }

    fn clear(&self) -> Result<(), Error> {
        for entry in fs::read_dir(&self.path).map_err(Error::file("read", &self.path))? {
            let entry = entry.map_err(Error::file("read", &self.path))?;
            if entry.file_name() == LOCK {
                continue;
            }
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && is_in_use(&path) {
                continue;
            }
            let removed = if is_folder {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(Error::file("remove", &path))?;
        }
        Ok(())
    }
}

/// Whether another stack works in this folder: demonstrations have theirs within that of the stack that stays.
fn is_in_use(path: &Path) -> bool {
    path.join(LOCK).is_file() && matches!(Folder::open(path), Err(Error::FolderInUse { .. }))
}

/// Creates a folder that only its owner can look into.
pub fn create(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::file("create", path))
}

/// Writes a file that only its owner can read; it appears whole or not at all.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), Error> {
    let unfinished = path.with_extension("unfinished");
    // The mode counts only for a file that is created: one that was left behind may have another.
    let _ = fs::remove_file(&unfinished);
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().map_err(Error::file("write", path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn one_stack_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let first = Folder::open(&path).unwrap();
        let refused = Folder::open(&path).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("(process {})", std::process::id())),
            "{refused}"
        );
        drop(first);
        Folder::open(&path).unwrap();
    }

    #[test]
    fn only_a_folder_of_ours_is_emptied() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("thesis.txt"), "the only copy").unwrap();
        assert!(matches!(Folder::open_empty(place.path()), Err(Error::NotOurs { .. })));
        assert!(place.path().join("thesis.txt").exists());

        let ours = place.path().join("ours");
        drop(Folder::open(&ours).unwrap());
        fs::create_dir(ours.join("redis")).unwrap();
        fs::write(ours.join("secrets.json"), "{}").unwrap();
        let running = Folder::open(&ours.join("demo-1")).unwrap();
        let emptied = Folder::open_empty(&ours).unwrap();
        let left = || {
            let mut names: Vec<_> = fs::read_dir(&ours)
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            names.sort();
            names
        };
        assert_eq!(left(), ["demo-1", LOCK]);
        drop((running, emptied));
        let _emptied = Folder::open_empty(&ours).unwrap();
        assert_eq!(left(), [LOCK]);
    }

    #[test]
    fn secrets_are_for_the_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("data")).unwrap();
        let file = folder.join("secret");
        write_private(&file, b"1").unwrap();
        write_private(&file, b"2").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"2");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
