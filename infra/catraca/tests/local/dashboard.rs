//! The dashboard and the alarms import what the hub's stack exports. Without these tests only a deployment would fail.

use aws_local::template::{TEXT, Template};
use catraca::local::FUNCTIONS;
use domain::charge::event::EventName;
use serde_json::Value;

const DASHBOARD: &str = include_str!("../../../dashboard.yaml");
const WATCH: &str = include_str!("../../../watch.yaml");

/// The texts from each `before` to the next `after`.
fn between<'a>(text: &'a str, before: &str, after: char) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

#[test]
fn the_dashboard_shows_every_function_of_every_stage() {
    let template = Template::parse(TEXT).unwrap();
    let others = [&template.relay.function, &template.deliver.function, &template.fallback];
    let others = others.map(|function| function.name.as_str());
    // Where real payments are served there is no such function.
    let answering = FUNCTIONS.iter().map(|(name, _)| *name).filter(|name| *name != "sandbox-control");
    for name in answering.chain(others).chain(["sweeper"]) {
        assert!(
            DASHBOARD.contains(&format!("{}: {{'Fn::ImportValue': !Sub '${{Hub}}-{name}'}}", name.replace('-', "_")))
        );
        assert!(DASHBOARD.contains(&format!(r#""FunctionName", "${{{}}}""#, name.replace('-', "_"))), "{name}");
    }
}

#[test]
fn the_dashboard_imports_what_the_stack_exports_and_uses_what_it_imports() {
    let exported = between(TEXT, "Export: {Name: !Sub '${AWS::StackName}-", '\'');
    let imported = between(DASHBOARD, "!Sub '${Hub}-", '\'');
    assert!(!imported.is_empty());
    assert_eq!(imported.iter().filter(|name| !exported.contains(name)).collect::<Vec<_>>(), [&""; 0]);
    let (body, values) = DASHBOARD.split_once("        - queue: ").unwrap();
    let named = between(body, "${", '}');
    for name in named.iter().filter(|name| !["Hub", "AWS::Region"].contains(name)) {
        assert!(*name == "queue" || values.contains(&format!("          {name}: {{")), "{name} has no value");
    }
}

#[test]
fn the_dashboard_is_json_and_shows_every_event_by_name() {
    let body = DASHBOARD.split("        - |\n").nth(1).unwrap().split("        - queue:").next().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert!(!body["widgets"].as_array().unwrap().is_empty());
    for event in EventName::ALL {
        assert!(body.to_string().contains(&format!(r#""Events","Event","{}""#, event.name())), "{}", event.name());
    }
}

#[test]
fn the_alarms_import_what_the_stack_exports_and_watch_every_function() {
    let exported = between(TEXT, "Export: {Name: !Sub '${AWS::StackName}-", '\'');
    let watched: Vec<&str> = between(WATCH, "    - Function\n    - [", ']')[0].split(',').map(str::trim).collect();
    let named = between(WATCH, "'Fn::ImportValue': !Sub '${Hub}-", '\'');
    for name in named.into_iter().filter(|name| *name != "${Function}").chain(watched.iter().copied()) {
        assert!(exported.contains(&name), "{name} is not exported");
    }
    let template = Template::parse(TEXT).unwrap();
    let invoked = [&template.relay.function.name, &template.deliver.function.name].map(String::as_str);
    for name in FUNCTIONS.iter().map(|(name, _)| *name).chain(invoked).chain(["sweeper"]) {
        // Only the sandbox stage has this function, so its alarms are resources of their own.
        let own = format!("!Sub '${{Hub}}-{name}'");
        assert!(watched.contains(&name) || (name == "sandbox-control" && WATCH.contains(&own)), "{name}");
    }
}
