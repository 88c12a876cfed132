//! The table of the chart's values in its README, made from the comments of values.yaml.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};

use crate::paths::Paths;

/// A setting of the chart.
#[derive(Debug, PartialEq, Eq)]
struct Value {
    /// `image.tag`.
    path: String,
    default: String,
    says: String,
}

const BEGIN: &str = "<!-- made by `cargo xtask chart-docs` -->\n";
const END: &str = "<!-- end -->\n";

/// Writes the table anew.
pub(crate) fn write_docs(paths: &Paths) -> Result<()> {
    fs::write(paths.root.join("helm/boxoffice/README.md"), with_table(paths)?)?;
    println!("wrote helm/boxoffice/README.md");
    Ok(())
}

/// The README as it should be.
fn with_table(paths: &Paths) -> Result<String> {
    let chart = paths.root.join("helm/boxoffice");
    let values = values(&fs::read_to_string(chart.join("values.yaml"))?)?;
    let readme = fs::read_to_string(chart.join("README.md"))?;
    let (before, rest) = readme.split_once(BEGIN).context("README.md has no place for values")?;
    let (_, after) = rest.split_once(END).context("README.md does not say where values end")?;
    let mut table = "| value | default | |\n|---|---|---|\n".to_owned();
    for Value { path, default, says } in values {
        writeln!(table, "| `{path}` | `{default}` | {} |", says.replace('|', "\\|"))?;
    }
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

/// All values of a file in which each stands on a line, below a comment that begins with `--`.
fn values(yaml: &str) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    let mut parents: Vec<&str> = Vec::new();
    let mut says = None;
    for line in yaml.lines().filter(|line| !line.trim().is_empty()) {
        let text = line.trim_start();
        let depth = (line.len() - text.len()) / 2;
        if let Some(comment) = text.strip_prefix('#') {
            says = comment.strip_prefix(" -- ").or(says);
            continue;
        }
        let (key, default) = text.split_once(':').with_context(|| format!("no value: {line}"))?;
        ensure!(depth <= parents.len(), "not below a value: {line}");
        parents.truncate(depth);
        parents.push(key);
        let path = parents.join(".");
        match (says.take(), default.trim()) {
            (None, "") => {}
            (Some(says), default) if !default.is_empty() => {
                values.push(Value { path, default: default.to_owned(), says: says.to_owned() });
            }
            (None, _) => {
                bail!("values.yaml does not say what `{path}` is: begin a comment with `--`")
            }
            (Some(_), _) => bail!("`{path}` stands on several lines; say what each part of it is"),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value as Json;

    use super::*;

    #[test]
    fn the_readme_of_the_chart_is_what_its_values_say() {
        let paths = Paths::find().unwrap();
        let readme = fs::read_to_string(paths.root.join("helm/boxoffice/README.md")).unwrap();
        assert!(readme == with_table(&paths).unwrap(), "run `cargo xtask chart-docs`");
    }

    #[test]
    fn the_schema_knows_the_values_that_are_documented_and_no_others() {
        let chart = Paths::find().unwrap().root.join("helm/boxoffice");
        let read = |name| fs::read_to_string(chart.join(name)).unwrap();
        let documented = values(&read("values.yaml")).unwrap();
        let documented: BTreeSet<String> = documented.into_iter().map(|it| it.path).collect();
        let schema: Json = serde_json::from_str(&read("values.schema.json")).unwrap();
        let mut known = BTreeSet::new();
        collect(&schema, &schema, "", &documented, &mut known);
        known.remove("global");
        assert_eq!(known, documented);
        let readme = read("README.md");
        for own in schema["definitions"]["context"]["properties"].as_object().unwrap().keys() {
            let path = format!("`contexts.<name>.{own}`");
            assert!(readme.contains(&path), "the README does not say what {path} is");
        }
    }

    #[test]
    fn a_value_nobody_explains_is_refused() {
        let explained = "# -- Where\nimage:\n";
        assert!(values(explained).unwrap_err().to_string().contains("several lines"));
        let mute = "image:\n  # What is pulled.\n  tag: \"\"\n";
        assert!(values(mute).unwrap_err().to_string().contains("what `image.tag` is"));
        let values =
            values("image:\n  # -- What\n  tag: \"\"\n# -- How many\nreplicas: 2\n").unwrap();
        let paths: Vec<_> = values.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["image.tag", "replicas"]);
    }

    /// Paths of the schema, no further down than they are documented.
    fn collect(
        schema: &Json,
        at: &Json,
        path: &str,
        documented: &BTreeSet<String>,
        known: &mut BTreeSet<String>,
    ) {
        let at = match at["$ref"].as_str() {
            Some(reference) => schema.pointer(reference.trim_start_matches('#')).unwrap(),
            None => at,
        };
        match at["properties"].as_object() {
            Some(properties) if !documented.contains(path) => {
                for (name, below) in properties {
                    let path =
                        if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    collect(schema, below, &path, documented, known);
                }
            }
            _ => drop(known.insert(path.to_owned())),
        }
    }
}
