//! What git takes from the process environment, as a value.

use std::path::PathBuf;

/// The environment variables git's configuration depends on; `None` means unset. The crate reads none itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`; empty counts as unset.
    pub xdg_config_home: Option<PathBuf>,
    /// `GIT_CONFIG_GLOBAL`: read instead of both global files; empty means none.
    pub git_config_global: Option<PathBuf>,
    /// `GIT_CONFIG_SYSTEM`: read instead of `/etc/gitconfig`.
    pub git_config_system: Option<PathBuf>,
    /// `GIT_CONFIG_NOSYSTEM`: a git boolean; true skips the system file.
    pub git_config_nosystem: Option<String>,
    /// `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n`, as many as `GIT_CONFIG_COUNT` says: they win over all files.
    pub git_config_parameters: Vec<(String, String)>,
    /// Leaves out the system's and the user's files, and the default of `core.excludesFile`; not a variable of git's.
    pub repository_only: bool,
}

impl Environment {
    /// The folder of git's files in the XDG configuration directory.
    pub(crate) fn xdg_git(&self) -> Option<PathBuf> {
        match &self.xdg_config_home {
            Some(folder) if !folder.as_os_str().is_empty() => Some(folder.join("git")),
            _ => self.home.as_ref().map(|home| home.join(".config").join("git")),
        }
    }

    /// The configuration files outside the repository, weakest first.
    pub(crate) fn config_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        if self.repository_only {
            return files;
        }
        let skip_system = self
            .git_config_nosystem
            .as_ref()
            .is_some_and(|value| parse_boolean(value.as_bytes()) == Some(true));
        if !skip_system {
            match &self.git_config_system {
                Some(file) => files.push(file.clone()),
                None if cfg!(unix) => files.push(PathBuf::from("/etc/gitconfig")),
                None => {}
            }
        }
        match &self.git_config_global {
            Some(file) => files.push(file.clone()),
            None => {
                files.extend(self.xdg_git().map(|folder| folder.join("config")));
                files.extend(self.home.as_ref().map(|home| home.join(".gitconfig")));
            }
        }
        files.retain(|file| !file.as_os_str().is_empty());
        files
    }
}

/// The value of a git boolean: `true`, `yes`, `on`, `false`, `no`, `off`, the empty string (false) or a whole number
/// with an optional `k`, `m` or `g`; `None` for anything else.
pub(crate) fn parse_boolean(value: &[u8]) -> Option<bool> {
    match value.to_ascii_lowercase().as_slice() {
        b"true" | b"yes" | b"on" => Some(true),
        b"false" | b"no" | b"off" | b"" => Some(false),
        number => {
            let digits = number.strip_prefix(b"-").or(number.strip_prefix(b"+")).unwrap_or(number);
            let digits = match digits.split_last() {
                Some((b'k' | b'm' | b'g', digits)) => digits,
                _ => digits,
            };
            let number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
            number.then(|| digits.iter().any(|&digit| digit != b'0'))
        }
    }
}
