//! A configuration that was read and found good.

use std::path::PathBuf;

use warifu_adapter_kit::Environment;
use warifu_core::ports::Unavailable;

use crate::audit_log_section::AuditLogSection;
use crate::layers::Layers;
use crate::problem::{ConfigError, Problem};
use crate::production;
use crate::registry::{ChosenAdapters, Registry};
use crate::risks;
use crate::settings::Settings;
use crate::strict;
use crate::tree::Tree;

/// Settings that were read, typed and checked, with the adapters they choose.
pub struct Configuration {
    settings: Settings,
    tree: Tree,
    pub(crate) chosen: ChosenAdapters,
    audit_log: AuditLogSection,
    warnings: Vec<Problem>,
}

impl Configuration {
    /// Reads `layers`; adapters are those of `registry`. Every problem that can be found is
    /// reported, not only the first.
    pub fn load(layers: &Layers, registry: &Registry) -> Result<Self, ConfigError> {
        let merged = layers.merge().map_err(ConfigError::Refused)?;
        let defaults = Layers::new().merge().map_err(ConfigError::Refused)?;
        let (tree, defaults) = (Tree::new(merged), Tree::new(defaults));

        let mut problems = Vec::new();
        let (mut rest, mut rest_defaults) = (tree.clone(), defaults.clone());
        for section in Registry::SECTIONS.iter().copied() {
            rest.take(section);
            rest_defaults.take(section);
        }
        let settings: Option<Settings> = keep(
            strict::read(&rest, "", Some(&rest_defaults), Registry::SECTIONS),
            &mut problems,
        );
        let environment = match &settings {
            Some(settings) => Some(settings.environment),
            None => tree
                .at("environment")
                .is_some_and(|value| value.to_string() == "production")
                .then_some(Environment::Production),
        };

        let chosen = registry.choose((&tree, &defaults), environment, &mut problems);
        let audit_log = keep(AuditLogSection::read(&tree, &defaults), &mut problems);
        let mut warnings = Vec::new();
        if let Some(settings) = &settings {
            problems.extend(production::problems(settings, &tree));
            let risks = risks::judge(settings, &tree);
            problems.extend(risks.refused);
            warnings = risks.warned;
        }
        match (settings, chosen, audit_log) {
            (Some(settings), Some(chosen), Some(audit_log)) if problems.is_empty() => Ok(Self {
                settings,
                tree,
                chosen,
                audit_log,
                warnings,
            }),
            _ => Err(ConfigError::Refused(problems)),
        }
    }

    /// The settings that do not belong to an adapter.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is unwise and nobody said that it is meant: a sentence each, with its place.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// What is said of the audit log whichever adapter keeps it.
    pub(crate) fn audit_log(&self) -> &AuditLogSection {
        &self.audit_log
    }

    /// All settings in force, as TOML. Secrets are not shown; what is not built in says in a
    /// comment where it came from.
    pub fn to_toml(&self) -> String {
        self.tree.to_toml()
    }

    /// The users file, where users are kept in one.
    pub fn users_file(&self) -> Option<PathBuf> {
        if self.chosen.user_directory.name != "memory" {
            return None;
        }
        let path = self.tree.at("user_directory.memory.users_file")?;
        Some(PathBuf::from(path.to_string()))
    }

    /// The file of the audit log, where it is kept in one.
    pub fn audit_file(&self) -> Option<PathBuf> {
        if self.chosen.audit_log.name != "file" {
            return None;
        }
        let path = self.tree.at("audit_log.file.path")?;
        Some(PathBuf::from(path.to_string()))
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What a check found: one line a section, with the adapter that it chooses and whether that
    /// can answer, or what a start would make first.
    pub(crate) fn report(
        &self,
        unavailable: &[Unavailable],
        not_yet: &[(&'static str, String)],
    ) -> String {
        let line = |(section, adapter): &(&str, &str)| {
            let found = unavailable.iter().find(|found| found.port == *section);
            let what = not_yet.iter().find(|(not_yet, _)| not_yet == section);
            match (found, what) {
                (_, Some((_, what))) => format!("{section}: {adapter}: {what}\n"),
                (None, None) => format!("{section}: {adapter}: good\n"),
                (Some(found), None) => {
                    format!("{section}: {adapter}: UNAVAILABLE: {}\n", found.reason)
                }
            }
        };
        self.adapters().iter().map(line).collect()
    }

    /// The adapter that each section chooses.
    pub fn adapters(&self) -> Vec<(&'static str, &str)> {
        self.chosen.names()
    }
}

fn keep<T>(result: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(found) => {
            problems.extend(found);
            None
        }
    }
}
