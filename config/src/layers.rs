//! The layers of settings, each over the one before: built in, files, environment, `--set`.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use config::{Map, Source, Value, ValueKind};

use crate::problem::Problem;
use crate::toml_text::{read_table, read_value};

/// What the environment variables of settings begin with; also what stands between the keys.
const SEPARATOR: &str = "__";
const PREFIX: &str = "WARIFU__";

/// What the origins of built-in settings begin with.
pub(crate) const BUILT_IN: &str = "built-in ";

/// The settings that hold where nobody says otherwise.
pub const DEFAULT_SETTINGS: &str = include_str!("../default.toml");

/// Where settings come from, weakest first.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    built_in: Vec<(&'static str, Cow<'static, str>)>,
    files: Vec<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    overrides: Vec<Override>,
}

impl Layers {
    /// The built-in defaults alone.
    pub fn new() -> Self {
        Self {
            built_in: vec![("built-in default.toml", DEFAULT_SETTINGS.into())],
            ..Self::default()
        }
    }

    /// Puts a built-in text over the defaults and below everything else.
    #[cfg(feature = "demo")]
    #[must_use]
    pub(crate) fn built_in(mut self, name: &'static str, text: String) -> Self {
        self.built_in.push((name, text.into()));
        self
    }

    /// Adds files; a later one wins.
    #[must_use]
    pub fn files(mut self, files: impl IntoIterator<Item = PathBuf>) -> Self {
        self.files.extend(files);
        self
    }

    /// Adds environment variables; only those that begin with `WARIFU__` matter.
    #[must_use]
    pub fn environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        self.environment.extend(variables);
        self.environment.sort();
        self
    }

    /// Adds what wins over all.
    #[must_use]
    pub fn overrides(mut self, overrides: impl IntoIterator<Item = Override>) -> Self {
        self.overrides.extend(overrides);
        self
    }

    /// Reads all layers and lays one over the other.
    pub(crate) fn merge(&self) -> Result<Value, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut layers: Vec<Box<dyn Source>> = Vec::new();
        let texts = self
            .built_in
            .iter()
            .map(|(name, text)| read_table(name, text));
        for table in texts.chain(self.files.iter().map(|file| read_file(file))) {
            match table {
                Ok(table) => layers.push(Box::new(TableLayer(table))),
                Err(found) => problems.extend(found),
            }
        }
        for (name, value) in &self.environment {
            match environment_setting(name, value) {
                Ok(Some(setting)) => layers.push(Box::new(setting)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        for setting in &self.overrides {
            layers.push(Box::new(setting.layer()));
        }
        // One source after the other, not through the library's builder: that one forgets where
        // tables come from.
        let mut merged = Value::new(None, Map::<String, Value>::new());
        for layer in layers {
            if let Err(error) = layer.collect_to(&mut merged) {
                problems.push(Problem::new("", "", error.to_string()));
            }
        }
        if problems.is_empty() {
            Ok(merged)
        } else {
            Err(problems)
        }
    }
}

fn read_file(path: &Path) -> Result<Map<String, Value>, Vec<Problem>> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| vec![Problem::new(&name, "", format!("cannot be read: {error}"))])?;
    read_table(&name, &text)
}

/// A `key.path=value` that wins over all other settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    path: Vec<String>,
    value: String,
}

impl Override {
    fn layer(&self) -> SettingLayer {
        let origin = format!("--set {}", self.path.join("."));
        SettingLayer {
            value: read_value(&origin, &self.value),
            path: self.path.clone(),
        }
    }
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text
            .split_once('=')
            .ok_or("there is no \"=\": write key.path=value, such as policy.otp.max_failures=3")?;
        let keys = toml_edit::Key::parse(key.trim()).map_err(|_| {
            format!("{key:?} is not a path of keys: write key.path=value with dots between keys")
        })?;
        Ok(Self {
            path: keys.iter().map(|key| key.get().to_owned()).collect(),
            value: value.to_owned(),
        })
    }
}

/// The setting that an environment variable makes, if it is one.
fn environment_setting(name: &OsString, value: &OsString) -> Result<Option<SettingLayer>, Problem> {
    let shown = name.to_string_lossy();
    let Some(keys) = shown.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    let origin = format!("environment {shown}");
    let path: Vec<String> = keys.split(SEPARATOR).map(str::to_lowercase).collect();
    if name.to_str().is_none() || path.iter().any(String::is_empty) {
        let message = "not a setting: write WARIFU__SECTION__KEY";
        return Err(Problem::new(origin, "", message));
    }
    let Some(value) = value.to_str() else {
        return Err(Problem::new(
            origin,
            path.join("."),
            "the value is not UTF-8 text",
        ));
    };
    Ok(Some(SettingLayer {
        value: read_value(&origin, value),
        path,
    }))
}

/// A whole table of settings. Tables are merged key by key, all else is replaced.
#[derive(Clone, Debug)]
struct TableLayer(Map<String, Value>);

impl Source for TableLayer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }

    fn collect_to(&self, cache: &mut Value) -> Result<(), config::ConfigError> {
        // Not by the library's own path expressions: a key is a key, whatever characters it has.
        merge(cache, Value::new(None, self.0.clone()));
        Ok(())
    }
}

/// One value at one place.
#[derive(Clone, Debug)]
struct SettingLayer {
    path: Vec<String>,
    value: Value,
}

impl Source for SettingLayer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        let mut root = Value::new(None, Map::<String, Value>::new());
        self.collect_to(&mut root)?;
        root.into_table()
    }

    fn collect_to(&self, cache: &mut Value) -> Result<(), config::ConfigError> {
        let origin = self.value.origin().unwrap_or_default().to_owned();
        let mut place = cache;
        for key in &self.path {
            place = child(place, key, &origin)?;
        }
        merge(place, self.value.clone());
        Ok(())
    }
}

/// The value under `key`, which is a number in a list. What cannot have children becomes a table.
fn child<'a>(
    place: &'a mut Value,
    key: &str,
    origin: &String,
) -> Result<&'a mut Value, config::ConfigError> {
    let index = key.parse::<usize>().ok();
    let keeps_children = match place.kind {
        ValueKind::Table(_) => true,
        ValueKind::Array(_) => index.is_some(),
        _ => false,
    };
    let empty = || Value::new(Some(origin), Map::<String, Value>::new());
    if !keeps_children {
        *place = empty();
    }
    match (&mut place.kind, index) {
        (ValueKind::Table(table), _) => Ok(table.entry(key.to_owned()).or_insert_with(empty)),
        (ValueKind::Array(items), Some(index)) => {
            let count = items.len();
            items.get_mut(index).ok_or_else(|| {
                let message = format!("{origin}: there are only {count} entries, from 0");
                config::ConfigError::Message(message)
            })
        }
        _ => Err(config::ConfigError::Message(format!(
            "{origin}: cannot be set"
        ))),
    }
}

/// Lays `above` over `below`: tables key by key, everything else whole.
fn merge(below: &mut Value, above: Value) {
    if let (ValueKind::Table(table), ValueKind::Table(over)) = (&mut below.kind, &above.kind) {
        for (key, value) in over {
            match table.get_mut(key) {
                Some(place) => merge(place, value.clone()),
                None => drop(table.insert(key.clone(), value.clone())),
            }
        }
    } else {
        *below = above;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    fn origin_and_value(tree: &Tree, path: &str) -> (String, String) {
        let value = tree.at(path).unwrap();
        (value.origin().unwrap().to_owned(), value.to_string())
    }

    #[test]
    fn a_later_layer_wins_and_the_rest_shows_through() {
        let one = file("[policy.otp]\nmax_failures = 6\nlock_for = \"1h\"\n");
        let two = file("[policy.otp]\nmax_failures = 7\n");
        let variable = |name: &str, value: &str| (name.into(), value.into());
        let layers = Layers::new()
            .files([one.path().to_owned(), two.path().to_owned()])
            .environment([
                variable("PATH", "/bin"),
                variable("WARIFU__POLICY__LOGIN__MAX_FAILURES", "8"),
                variable("WARIFU__POLICY__SESSION__IDLE", "1m"),
            ])
            .overrides(["policy.login.max_failures=9".parse().unwrap()]);
        let tree = Tree::new(layers.merge().unwrap());
        let at = |path| origin_and_value(&tree, path);
        let name = |file: &tempfile::NamedTempFile| file.path().display().to_string();
        let pair = |origin: &str, value: &str| (origin.to_owned(), value.to_owned());
        assert_eq!(
            at("policy.otp.max_failures"),
            (name(&two) + ":2", "7".to_owned())
        );
        assert_eq!(
            at("policy.otp.lock_for"),
            (name(&one) + ":3", "1h".to_owned())
        );
        assert_eq!(
            at("policy.login.max_failures"),
            pair("--set policy.login.max_failures", "9")
        );
        assert_eq!(
            at("policy.session.idle"),
            pair("environment WARIFU__POLICY__SESSION__IDLE", "1m")
        );
        assert!(
            at("policy.transaction.max_failures")
                .0
                .starts_with("built-in default.toml:")
        );
    }

    #[test]
    fn a_listener_is_reached_by_its_number() {
        let layers = |index| {
            let set = format!("http.listeners.{index}.bind=127.0.0.1:0");
            Layers::new().overrides([set.parse().unwrap()])
        };
        let tree = Tree::new(layers("0").merge().unwrap());
        let listeners = tree
            .at("http.listeners")
            .unwrap()
            .clone()
            .into_array()
            .unwrap();
        assert_eq!(listeners.len(), 1);
        let listener = listeners[0].clone().into_table().unwrap();
        assert_eq!(listener["bind"].to_string(), "127.0.0.1:0");
        assert!(listener.contains_key("surfaces"));
        for beyond in ["1", "4294967296"] {
            let problems = layers(beyond).merge().unwrap_err();
            assert_eq!(
                problems[0].to_string(),
                format!("--set http.listeners.{beyond}.bind: there are only 1 entries, from 0")
            );
        }
    }

    #[test]
    fn what_is_no_setting_says_how_one_is_written() {
        assert!(
            "max_failures"
                .parse::<Override>()
                .unwrap_err()
                .contains("key.path=value")
        );
        assert!(
            "a..b=1"
                .parse::<Override>()
                .unwrap_err()
                .contains("not a path")
        );
        let layers = Layers::new().environment([("WARIFU__A____B".into(), "1".into())]);
        assert_eq!(
            layers.merge().unwrap_err()[0].to_string(),
            "environment WARIFU__A____B: not a setting: write WARIFU__SECTION__KEY"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let layers = Layers::new().files(["/nowhere/warifu.toml".into()]);
        let line = layers.merge().unwrap_err()[0].to_string();
        assert!(
            line.starts_with("/nowhere/warifu.toml: cannot be read: No such file"),
            "{line}"
        );
    }
}
