//! `ignore`: paths as bytes in, verdicts out. Several paths or texts come as one, with a NUL between any two.

use crate::{
    bytes::{Input, NewBytes},
    error,
    files::list::GitEnvironment,
    handle::Owned,
};
use napi::{Env, bindgen_prelude::ObjectFinalize};
use napi_derive::napi;
use tenon_ignore::{Explanation, IgnoreFile, IgnoreTree, TreeOptions};

/// Every option, with its default filled in.
#[napi(object, object_to_js = false)]
pub struct IgnoreTreeOptions {
    /// Whether tracked paths are never ignored.
    pub tracked: bool,
    /// Whether the configuration of the user and the system counts.
    pub global: bool,
    /// Whether letters match in either case; undefined is what git's configuration says.
    pub ignore_case: Option<bool>,
    /// What git reads from the process environment.
    pub environment: GitEnvironment,
}

/// Why a path is ignored or not.
#[napi(object, object_from_js = false)]
pub struct IgnoreExplanation {
    /// Whether it is ignored.
    pub ignored: bool,
    /// Whether it is tracked.
    pub tracked: bool,
    /// The line of the rule; 0 where no rule decides.
    pub line: u32,
    /// Whether the rule starts with `!`.
    pub negated: bool,
    /// The rule's file and pattern.
    #[napi(ts_type = "Uint8Array")]
    pub text: NewBytes,
}

/// What a path is: 0 no directory, 1 a directory, anything else unknown.
fn kind(kind: u32) -> Option<bool> {
    match kind {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// The texts that come as one; `count` tells none from an empty one.
fn parts(joined: &[u8], count: u32) -> impl Iterator<Item = &[u8]> {
    joined.split(|&byte| byte == 0).take(count as usize)
}

fn explained(
    env: &Env,
    found: Option<Explanation>,
    name_of: impl FnOnce(&std::path::Path) -> Vec<u8>,
) -> napi::Result<Option<IgnoreExplanation>> {
    let Some(Explanation { ignored, tracked, rule, .. }) = found else { return Ok(None) };
    let (line, negated, text) = rule.map_or((0, false, Vec::new()), |rule| {
        (rule.line, rule.negated, [&*name_of(&rule.source), b"\0", &rule.pattern].concat())
    });
    let line = u32::try_from(line).map_err(|_| error::internal("more than 2^32 lines"))?;
    Ok(Some(IgnoreExplanation { ignored, tracked, line, negated, text: NewBytes::copy(env, &text)? }))
}

/// A byte for each path: 1 where it is ignored.
fn bits(env: &Env, checked: &[bool], count: u32) -> napi::Result<NewBytes> {
    if checked.len() != count as usize {
        return Err(error::internal("there are other paths than were counted"));
    }
    let mut bytes = NewBytes::zeros(env, checked.len())?;
    for (byte, &ignored) in bytes.as_mut_slice().iter_mut().zip(checked) {
        *byte = u8::from(ignored);
    }
    Ok(bytes)
}

/// A tree and its rules.
#[napi(custom_finalize)]
pub struct NativeIgnoreTree(Owned<IgnoreTree>);

#[napi]
impl NativeIgnoreTree {
    /// Opens the tree at `root`; `extra` is further patterns, so many as `extra_count` says.
    #[napi(
        constructor,
        catch_unwind,
        ts_args_type = "root: string | Uint8Array, extra: string | Uint8Array, extraCount: number, options: IgnoreTreeOptions"
    )]
    pub fn new(
        env: Env,
        root: Input,
        extra: Input,
        extra_count: u32,
        options: IgnoreTreeOptions,
    ) -> napi::Result<Self> {
        let root = tenon_ignore::path_from_bytes(root.as_slice())
            .ok_or_else(|| error::invalid_argument("root is no path of this system"))?;
        let mut environment: tenon_ignore::Environment = options.environment.into();
        environment.repository_only = !options.global;
        let options = TreeOptions {
            tracked: options.tracked,
            ignore_case: options.ignore_case,
            extra: parts(extra.as_slice(), extra_count).map(<[u8]>::to_vec).collect(),
            environment,
        };
        let tree = IgnoreTree::open(&root, options).map_err(error::ignore)?;
        let owned = Owned::new(tree, "the tree");
        owned.report(&env, owned.get()?.size_bytes())?;
        Ok(Self(owned))
    }

    /// The root, links followed.
    #[napi(catch_unwind, ts_return_type = "Uint8Array")]
    pub fn root(&self, env: Env) -> napi::Result<NewBytes> {
        let tree = self.0.get()?;
        NewBytes::copy(&env, &tree.name_of(tree.root()))
    }

    /// Whether a path is ignored.
    #[napi(catch_unwind, ts_args_type = "path: string | Uint8Array, isDirectory: number")]
    pub fn ignores(&self, env: Env, path: Input, is_directory: u32) -> napi::Result<bool> {
        let tree = self.0.get()?;
        let ignored = tree.ignores(path.as_slice(), kind(is_directory)).map_err(error::ignore)?;
        self.0.report(&env, tree.size_bytes())?;
        Ok(ignored)
    }

    /// Why a path is ignored or not; null inside of a nested repository.
    #[napi(catch_unwind, ts_args_type = "path: string | Uint8Array, isDirectory: number")]
    pub fn explain(
        &self,
        env: Env,
        path: Input,
        is_directory: u32,
    ) -> napi::Result<Option<IgnoreExplanation>> {
        let tree = self.0.get()?;
        let found = tree.explain(path.as_slice(), kind(is_directory)).map_err(error::ignore)?;
        self.0.report(&env, tree.size_bytes())?;
        explained(&env, found, |file| tree.name_of(file))
    }

    /// Whether git would not look into a directory.
    #[napi(catch_unwind, ts_args_type = "path: string | Uint8Array")]
    pub fn can_prune(&self, env: Env, path: Input) -> napi::Result<bool> {
        let tree = self.0.get()?;
        let pruned = tree.can_prune(path.as_slice()).map_err(error::ignore)?;
        self.0.report(&env, tree.size_bytes())?;
        Ok(pruned)
    }

    /// A byte for each path: 1 where it is ignored.
    #[napi(
        catch_unwind,
        ts_args_type = "paths: string | Uint8Array, count: number",
        ts_return_type = "Uint8Array"
    )]
    pub fn check(&self, env: Env, paths: Input, count: u32) -> napi::Result<NewBytes> {
        let tree = self.0.get()?;
        let checked = tree.check(parts(paths.as_slice(), count)).map_err(error::ignore)?;
        self.0.report(&env, tree.size_bytes())?;
        bits(&env, &checked, count)
    }

    /// Forgets what the paths change, or all where none are given.
    #[napi(catch_unwind, ts_args_type = "paths: string | Uint8Array | undefined, count: number")]
    pub fn reload(&self, env: Env, paths: Option<Input>, count: u32) -> napi::Result<()> {
        let tree = self.0.get()?;
        let reloaded = match &paths {
            Some(paths) => tree.reload(Some(&mut parts(paths.as_slice(), count))),
            None => tree.reload(None),
        };
        reloaded.map_err(error::ignore)?;
        self.0.report(&env, tree.size_bytes())
    }

    /// File and reason in turn of what could not be used.
    #[napi(catch_unwind, ts_return_type = "Uint8Array")]
    pub fn problems(&self, env: Env) -> napi::Result<NewBytes> {
        let tree = self.0.get()?;
        let named = tree.problems().into_iter().flat_map(|problem| {
            let name = tree.name_of(&problem.path);
            [name, problem.reason.into_bytes()]
        });
        NewBytes::copy(&env, &named.collect::<Vec<_>>().join(&0))
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

impl ObjectFinalize for NativeIgnoreTree {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

/// The rules of one file.
#[napi(custom_finalize)]
pub struct NativeIgnoreFile(Owned<IgnoreFile>);

#[napi]
impl NativeIgnoreFile {
    /// The rules in a text, of a file that lies in `base`.
    #[napi(
        constructor,
        catch_unwind,
        ts_args_type = "text: string | Uint8Array, base: string | Uint8Array, ignoreCase: boolean"
    )]
    pub fn new(env: Env, text: Input, base: Input, ignore_case: bool) -> napi::Result<Self> {
        let file = IgnoreFile::parse(text.as_slice(), base.as_slice(), ignore_case).map_err(error::ignore)?;
        let owned = Owned::new(file, "the rules");
        owned.report(&env, owned.get()?.size_bytes())?;
        Ok(Self(owned))
    }

    /// Whether a path is ignored.
    #[napi(catch_unwind, ts_args_type = "path: string | Uint8Array, isDirectory: number")]
    pub fn ignores(&self, path: Input, is_directory: u32) -> napi::Result<bool> {
        self.0.get()?.ignores(path.as_slice(), kind(is_directory)).map_err(error::ignore)
    }

    /// Why a path is ignored or not; null outside of the file's folder.
    #[napi(catch_unwind, ts_args_type = "path: string | Uint8Array, isDirectory: number")]
    pub fn explain(
        &self,
        env: Env,
        path: Input,
        is_directory: u32,
    ) -> napi::Result<Option<IgnoreExplanation>> {
        let found = self.0.get()?.explain(path.as_slice(), kind(is_directory)).map_err(error::ignore)?;
        explained(&env, found, |_| Vec::new())
    }

    /// Whether git would not look into a directory.
    #[napi(catch_unwind, ts_args_type = "path: string | Uint8Array")]
    pub fn can_prune(&self, path: Input) -> napi::Result<bool> {
        self.0.get()?.can_prune(path.as_slice()).map_err(error::ignore)
    }

    /// A byte for each path: 1 where it is ignored.
    #[napi(
        catch_unwind,
        ts_args_type = "paths: string | Uint8Array, count: number",
        ts_return_type = "Uint8Array"
    )]
    pub fn check(&self, env: Env, paths: Input, count: u32) -> napi::Result<NewBytes> {
        let checked = self.0.get()?.check(parts(paths.as_slice(), count)).map_err(error::ignore)?;
        bits(&env, &checked, count)
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

impl ObjectFinalize for NativeIgnoreFile {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}
