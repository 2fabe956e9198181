//! The adapters of one port, and the one of them that a configuration chooses.

use std::any::Any;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use config::ValueKind;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use warifu_adapter_kit::{Adapter, AdapterError, Environment, Port};

use crate::audit_log_section::{keys_beside, properties_beside};
use crate::later;
use crate::layers::BUILT_IN;
use crate::problem::{ConfigError, Problem, suggestion};
use crate::strict;
use crate::toml_text::join;
use crate::tree::Tree;

/// An adapter whose settings' type is forgotten.
#[async_trait]
pub(crate) trait AnyAdapter<P: Port>: Send + Sync {
    fn read(
        &self,
        tree: &Tree,
        section: &str,
        defaults: Option<&Tree>,
    ) -> Result<Arc<dyn Any + Send + Sync>, Vec<Problem>>;
    async fn build(
        &self,
        settings: &(dyn Any + Send + Sync),
        context: &P::Context,
    ) -> Result<P, AdapterError>;
    fn schema(&self, generator: &mut SchemaGenerator) -> schemars::Schema;
    fn refused_in_production(&self) -> Option<&'static str>;
}

struct Typed<A, P>(A, PhantomData<fn() -> P>);

#[async_trait]
impl<P: Port, A: Adapter<Port = P>> AnyAdapter<P> for Typed<A, P> {
    fn read(
        &self,
        tree: &Tree,
        section: &str,
        defaults: Option<&Tree>,
    ) -> Result<Arc<dyn Any + Send + Sync>, Vec<Problem>> {
        Ok(Arc::new(strict::read::<A::Settings>(
            tree,
            section,
            defaults,
            &[],
        )?))
    }

    async fn build(
        &self,
        settings: &(dyn Any + Send + Sync),
        context: &P::Context,
    ) -> Result<P, AdapterError> {
        match settings.downcast_ref::<A::Settings>() {
            Some(settings) => self.0.build(settings, context).await,
            None => Err(AdapterError::setting(
                "",
                "was given the settings of another adapter",
            )),
        }
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> schemars::Schema {
        A::Settings::json_schema(generator)
    }

    fn refused_in_production(&self) -> Option<&'static str> {
        self.0.refused_in_production()
    }
}

/// The adapters of one port.
pub(crate) struct PortAdapters<P: Port> {
    section: &'static str,
    adapters: BTreeMap<String, Arc<dyn AnyAdapter<P>>>,
    /// Adapters that come with Warifu and that this program was built without, each with the feature
    /// that it takes.
    left_out: BTreeMap<&'static str, &'static str>,
}

impl<P: Port> PortAdapters<P> {
    pub(crate) fn new(section: &'static str) -> Self {
        Self {
            section,
            adapters: BTreeMap::new(),
            left_out: BTreeMap::new(),
        }
    }

    /// Adds an adapter, or puts it in the place of the one that had its name.
    pub(crate) fn add(&mut self, name: &str, adapter: impl Adapter<Port = P>) {
        self.left_out.remove(name);
        self.adapters
            .insert(name.to_owned(), Arc::new(Typed(adapter, PhantomData)));
    }

    /// Lets an adapter be refused by its name, until it is added.
    pub(crate) fn leave_out(&mut self, name: &'static str, feature: &'static str) {
        self.left_out.insert(name, feature);
    }

    /// Why an adapter that comes with Warifu cannot be used here.
    fn not_built_in(&self, name: &str) -> Option<String> {
        let feature = self.left_out.get(name)?;
        Some(format!(
            "this program was built without the adapter {name:?} (feature `{feature}`)"
        ))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.adapters.keys().map(String::as_str)
    }

    /// The schema of the section.
    pub(crate) fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        let names: Vec<&String> = self.adapters.keys().collect();
        let mut properties = Map::new();
        properties.insert(
            "adapter".to_owned(),
            json!({ "description": "Which implementation is used.", "enum": names }),
        );
        for (name, adapter) in &self.adapters {
            properties.insert(name.clone(), adapter.schema(generator).to_value());
        }
        properties.extend(properties_beside(self.section, generator));
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }

    fn unknown(&self, name: &str) -> String {
        self.not_built_in(name).unwrap_or_else(|| {
            let names = suggestion(name, self.names());
            format!("unknown adapter {name:?}; {names}")
        })
    }

    /// Reads the section: which adapter, and the settings of all that are set up there.
    pub(crate) fn choose(
        &self,
        tree: &Tree,
        defaults: &Tree,
        environment: Option<Environment>,
    ) -> Result<Chosen<P>, Vec<Problem>> {
        let section = self.section;
        let origin = tree.origin_at(section);
        let problem = |message: String| vec![Problem::new(origin.as_str(), section, message)];
        let Some(value) = tree.at(section) else {
            return Err(problem("is missing".to_owned()));
        };
        let ValueKind::Table(table) = &value.kind else {
            return Err(problem(
                "must be a table, such as { adapter = \"…\" }".to_owned(),
            ));
        };
        let mut problems = Vec::new();
        let mut settings = BTreeMap::new();
        let mut keys: Vec<_> = table
            .keys()
            .filter(|key| *key != "adapter" && !keys_beside(section).contains(&key.as_str()))
            .collect();
        keys.sort();
        for key in keys {
            let path = join(section, key);
            let Some(adapter) = self.adapters.get(key) else {
                if tree.origin_at(&path).starts_with(BUILT_IN) {
                    // A default for an adapter that this program was built without.
                    continue;
                }
                let sentence = self.not_built_in(key).or_else(|| later::sentence(&path));
                let message = sentence.unwrap_or_else(|| {
                    let beside = keys_beside(section).iter().copied();
                    let known = self.names().chain(["adapter"]).chain(beside);
                    format!("no adapter has this name; {}", suggestion(key, known))
                });
                problems.push(Problem::new(tree.origin_at(&path), path, message));
                continue;
            };
            let (own, own_defaults) = (tree.below(&path), defaults.below(&path));
            match adapter.read(
                &own,
                &path,
                own_defaults.has_value().then_some(&own_defaults),
            ) {
                Ok(read) => drop(settings.insert(key.clone(), read)),
                Err(found) => problems.extend(found),
            }
        }
        let path = join(section, "adapter");
        let chosen = match table.get("adapter").map(|value| &value.kind) {
            Some(ValueKind::String(name)) => match self.adapters.get_key_value(name) {
                Some(found) => Ok(found),
                None => Err(self.unknown(name)),
            },
            Some(_) => Err("must be the name of an adapter, a text".to_owned()),
            None => Err(format!("is missing; {}", suggestion("", self.names()))),
        };
        let (name, adapter) = match chosen {
            Ok(found) => found,
            Err(message) => {
                problems.push(Problem::new(tree.origin_at(&path), path, message));
                return Err(problems);
            }
        };
        if let Some(reason) = adapter.refused_in_production()
            && environment == Some(Environment::Production)
        {
            let message = format!("{name:?} {reason}");
            problems.push(Problem::new(tree.origin_at(&path), path.as_str(), message));
        }
        if problems.is_empty() && !settings.contains_key(name) {
            let empty = Tree::empty(&tree.origin_at(&path));
            let read = adapter.read(&empty, &join(section, name), None)?;
            settings.insert(name.clone(), read);
        }
        match settings.remove(name) {
            Some(settings) if problems.is_empty() => Ok(Chosen {
                section,
                name: name.clone(),
                adapter: Arc::clone(adapter),
                settings,
                tree: tree.clone(),
            }),
            _ => Err(problems),
        }
    }
}

/// The adapter of a port that was chosen, with its settings.
pub(crate) struct Chosen<P: Port> {
    section: &'static str,
    pub(crate) name: String,
    adapter: Arc<dyn AnyAdapter<P>>,
    settings: Arc<dyn Any + Send + Sync>,
    tree: Tree,
}

/// What is there of an adapter that nothing is to be made for.
pub(crate) enum Looked<P> {
    Built(P),
    /// What building it would make or change.
    NotYet(String),
}

impl<P: Port> Chosen<P> {
    pub(crate) async fn build(&self, context: &P::Context) -> Result<P, ConfigError> {
        let built = self.adapter.build(self.settings.as_ref(), context).await;
        built.map_err(|error| self.refused(error))
    }

    /// The section that chooses it.
    pub(crate) fn section(&self) -> &'static str {
        self.section
    }

    /// As [`Self::build`], where the context says that nothing is to be made.
    pub(crate) async fn look(&self, context: &P::Context) -> Result<Looked<P>, ConfigError> {
        match self.adapter.build(self.settings.as_ref(), context).await {
            Ok(built) => Ok(Looked::Built(built)),
            Err(AdapterError::NotYet(what)) => Ok(Looked::NotYet(what)),
            Err(error) => Err(self.refused(error)),
        }
    }

    fn refused(&self, error: AdapterError) -> ConfigError {
        let (key, message) = match error {
            AdapterError::Setting { key, message } => (key, message),
            AdapterError::NotYet(what) => (String::new(), what),
            AdapterError::Elsewhere(message) => {
                return ConfigError::one(Problem::new("", "", message));
            }
            AdapterError::Unavailable(unavailable) => return unavailable.into(),
        };
        let adapter = join(self.section, &self.name);
        let path = if key.is_empty() {
            adapter
        } else {
            join(&adapter, &key)
        };
        let origin = match self.tree.at(&path) {
            Some(_) => self.tree.origin_at(&path),
            None => self.tree.origin_at(&join(self.section, "adapter")),
        };
        ConfigError::one(Problem::new(origin, path, message))
    }
}
