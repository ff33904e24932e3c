//! The domain of the template at which banks call with a client certificate: off unless a parameter names it, and then for
//! provider notifications alone.

use std::collections::{BTreeMap, BTreeSet};

use aws_local::template::TEXT;
use saphyr::{LoadableYamlNode, Yaml};

const CONDITION: &str = "HasCallbackDomain";

/// The fields of a resource, each under its path, and every text in it without CloudFormation's functions.
type Fields = BTreeMap<String, String>;

fn gather(path: &str, yaml: &Yaml<'_>, fields: &mut Fields) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match yaml {
        Yaml::Tagged(_, inner) => gather(path, inner, fields),
        Yaml::Mapping(entries) => {
            entries.iter().for_each(|(name, value)| gather(&below(name.as_str().unwrap()), value, fields));
        }
        Yaml::Sequence(entries) => {
            entries.iter().enumerate().for_each(|(at, value)| gather(&below(&at.to_string()), value, fields));
        }
        other => {
            let text = other.as_str().map(ToOwned::to_owned);
            let text = text.or_else(|| other.as_bool().map(|is| is.to_string()));
            fields.insert(path.to_owned(), text.unwrap_or_else(|| format!("{other:?}")));
        }
    }
}

/// What the template has in this section, by name.
fn section(name: &str) -> BTreeMap<String, Fields> {
    let documents = Yaml::load_from_str(TEXT).unwrap();
    let entries = documents[0].as_mapping_get(name).unwrap().as_mapping().unwrap();
    let read = |(name, yaml): (&Yaml<'_>, &Yaml<'_>)| {
        let mut fields = Fields::new();
        gather("", yaml, &mut fields);
        (name.as_str().unwrap().to_owned(), fields)
    };
    entries.iter().map(read).collect()
}

fn has_condition(fields: &Fields) -> bool {
    fields.get("Condition").is_some_and(|condition| condition == CONDITION)
}

/// Whether a text names this resource or parameter, be it in `${…}` or with an attribute.
fn names(text: &str, name: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(name)
        .any(|(at, _)| ends(text[..at].chars().next_back()) && ends(text[at + name.len()..].chars().next()))
}

#[test]
fn without_a_domain_nothing_is_created_and_nothing_refers_to_it() {
    let (parameters, conditions) = (section("Parameters"), section("Conditions"));
    assert_eq!(parameters["CallbackDomain"]["Default"], "");
    // `!Not [!Equals [!Ref CallbackDomain, '']]`
    let of_condition: Vec<&str> = conditions[CONDITION].values().map(String::as_str).collect();
    assert_eq!(of_condition, ["CallbackDomain", ""]);
    assert!(TEXT.contains(&format!("  {CONDITION}: !Not [!Equals [!Ref CallbackDomain, '']]\n")));

    let resources = section("Resources");
    let conditional: BTreeSet<&str> =
        resources.iter().filter(|(_, fields)| has_condition(fields)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(conditional.len(), 8, "{conditional:?}");
    let own: Vec<&str> = parameters
        .keys()
        .map(String::as_str)
        .filter(|name| name.starts_with("Callback") && *name != "CallbackConcurrency")
        .collect();
    assert_eq!(own.len(), 5, "{own:?}");
    for (name, fields) in resources.iter().chain(&section("Outputs")).filter(|(_, fields)| !has_condition(fields)) {
        for text in fields.values() {
            let named = conditional.iter().chain(&own).find(|one| names(text, one));
            assert_eq!(named, None, "{name} is made without the domain, and refers to it: {text}");
        }
    }
}

#[test]
fn the_domain_asks_for_a_certificate_and_its_api_takes_provider_notifications_alone() {
    let resources = section("Resources");
    let own: Vec<&Fields> = resources.values().filter(|fields| has_condition(fields)).collect();
    let only = |kind: &str| {
        let found: Vec<&&Fields> = own.iter().filter(|fields| fields["Type"] == kind).collect();
        assert_eq!(found.len(), 1, "{kind}");
        *found[0]
    };
    let api = only("AWS::ApiGatewayV2::Api");
    assert_eq!(api["Properties.DisableExecuteApiEndpoint"], "true", "there is a way without a certificate");
    let domain = only("AWS::ApiGatewayV2::DomainName");
    assert_eq!(domain["Properties.DomainName"], "CallbackDomain");
    assert_eq!(domain["Properties.MutualTlsAuthentication.TruststoreUri"], "CallbackTruststoreUri");
    let mapping = only("AWS::ApiGatewayV2::ApiMapping");
    assert_eq!(
        [&mapping["Properties.ApiId"], &mapping["Properties.DomainName"], &mapping["Properties.Stage"]],
        ["CallbackApi", "CallbackDomainName", "CallbackStage"]
    );
    let integration = only("AWS::ApiGatewayV2::Integration");
    assert_eq!(integration["Properties.IntegrationUri"], "ProviderCallbackFunction.Arn");

    let routes = own.iter().filter(|fields| fields["Type"] == "AWS::ApiGatewayV2::Route");
    let routes: BTreeSet<&str> = routes.map(|fields| fields["Properties.RouteKey"].as_str()).collect();
    let notified = &resources["ProviderCallbackFunction"];
    let events = notified.iter().filter(|(path, _)| path.ends_with(".Properties.Path"));
    let served: BTreeSet<String> = events
        .map(|(path, route)| (&notified[&path.replace(".Path", ".Method")], route))
        .filter(|(method, _)| *method == "POST")
        .map(|(method, route)| format!("{method} {route}"))
        .collect();
    assert_eq!(routes, served.iter().map(String::as_str).collect());
    assert_eq!(routes.len(), 2);
}
