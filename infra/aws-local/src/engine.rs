//! The database of one machine: the embedded engine, `DynamoDB` over `SQLite`, on a file.

use std::path::Path;

use dynoxide::Database;

use crate::{
    stream::{Stream, StreamError},
    tables::Tables,
    template::{Table, Template},
};

/// The name of the table of accounts, sessions and charges.
pub const HUB_TABLE: &str = "hub";
/// The name of the table of card tokens.
pub const TOKENS_TABLE: &str = "tokens";

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Its file cannot be opened.
    #[error("the database {path} cannot be opened: {problem}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It refused a table as the template describes it.
    #[error("template.yaml: the database refused the table {table}: {problem}")]
    Table {
        /// Which one.
        table: &'static str,
        /// Why.
        problem: String,
    },
    /// The stream of the hub's table is unusable.
    #[error(transparent)]
    Stream(#[from] StreamError),
}

/// A database that is open.
pub struct Engine {
    tables: Tables,
    stream: Stream,
}

impl Engine {
    /// Opens the database in the file at `path`, and makes the tables that it lacks.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn open(path: &Path, template: &Template) -> Result<Self, EngineError> {
        let unusable = |problem| EngineError::File { path: path.display().to_string(), problem };
        let name = path.to_str().ok_or_else(|| unusable("its name is not UTF-8".to_owned()))?;
        let database = Database::new(name).map_err(|error| unusable(error.to_string()))?;
        for (table, shape) in [(HUB_TABLE, &template.hub), (TOKENS_TABLE, &template.tokens)] {
            create(&database, table, shape).map_err(|problem| EngineError::Table { table, problem })?;
        }
        let stream = Stream::open(database.clone(), path, HUB_TABLE)?;
        Ok(Self { tables: Tables::new(database), stream })
    }

    /// Its tables.
    #[must_use]
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The stream of the hub's table.
    #[must_use]
    pub const fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Ends what is under way and closes the file.
    pub async fn stop(self) {
        self.tables.close().await;
    }
}

fn create(database: &Database, name: &str, shape: &Table) -> Result<(), String> {
    let text = |error: dynoxide::errors::DynoxideError| error.to_string();
    if let Some(found) = database.get_table_metadata(name).map_err(text)? {
        // A table of an older hub has no stream.
        if let Some(stream) = shape.stream(name).filter(|_| !found.stream_enabled) {
            let request = serde_json::from_value(stream).map_err(|error| error.to_string())?;
            database.update_table(request).map_err(text)?;
        }
        return Ok(());
    }
    let request = serde_json::from_value(shape.create(name)).map_err(|error| error.to_string())?;
    database.create_table(request).map_err(text)?;
    let request = serde_json::from_value(shape.time_to_live(name)).map_err(|error| error.to_string())?;
    database.update_time_to_live(request).map_err(text)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{folder::Folder, template::TEXT};

    #[tokio::test]
    async fn the_tables_of_the_template_are_made_once_and_found_again() {
        let folder = Folder::in_memory().unwrap();
        let template = Template::parse(TEXT).unwrap();
        for _ in 0..2 {
            let engine = Engine::open(&folder.file("hub.db"), &template).unwrap();
            assert_eq!(engine.tables().database().table_count().unwrap(), 2);
            engine.stop().await;
        }
    }

    #[tokio::test]
    async fn a_table_that_the_database_refuses_is_the_templates_fault() {
        let folder = Folder::in_memory().unwrap();
        let broken = TEXT.replace("{AttributeName: GSI2PK, KeyType: HASH}", "{AttributeName: GSI3PK, KeyType: HASH}");
        let template = Template::parse(&broken).unwrap();
        let refused = Engine::open(&folder.file("hub.db"), &template).err().unwrap().to_string();
        assert!(refused.starts_with("template.yaml: the database refused the table hub: "), "{refused}");
    }

    #[tokio::test]
    async fn an_error_names_the_file_that_is_no_database() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("hub.db");
        std::fs::write(&path, "not a database, however long one looks at it".repeat(100)).unwrap();
        let refused = Engine::open(&path, &Template::parse(TEXT).unwrap()).err().unwrap().to_string();
        assert!(refused.starts_with(&format!("the database {} cannot be opened: ", path.display())), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
    }
}
