//! Throttles: the template gives every route that opens to a browser, or to everyone, a limit of its own.

use std::collections::BTreeSet;

use aws_local::template::TEXT;
use catraca::local::FUNCTIONS;
use edge::Access;

/// The lines of the template between these two.
fn section<'a>(from: &str, to: &str) -> Vec<&'a str> {
    let lines = TEXT.lines().skip_while(|line| *line != from).skip(1);
    lines.take_while(|line| *line != to).filter(|line| !line.trim_start().starts_with('#')).collect()
}

/// Routes of the template's `RouteSettings`, with the parameter that bounds each.
fn throttled() -> Vec<(String, String)> {
    let settings = section("      RouteSettings:", "      AccessLogSettings:");
    let entry = |line: &&str| {
        let (route, limits) = line.trim().split_once(": {ThrottlingBurstLimit: !Ref ").unwrap();
        let (burst, rate) = limits.strip_suffix('}').unwrap().split_once(", ThrottlingRateLimit: !Ref ").unwrap();
        assert_eq!(burst, rate, "{route}");
        (route.trim_matches('\'').to_owned(), rate.to_owned())
    };
    settings.iter().map(entry).collect()
}

#[test]
fn every_route_that_opens_without_a_secret_key_has_a_limit_of_its_own() {
    let routes = FUNCTIONS.iter().flat_map(|(_, table)| table.routes.iter());
    let open: BTreeSet<String> =
        routes.filter(|route| route.access != Access::SecretKey).map(|route| route.key.to_string()).collect();
    let throttled: Vec<String> = throttled().into_iter().map(|(route, _)| route).collect();
    assert_eq!(throttled.iter().cloned().collect::<BTreeSet<_>>(), open);
    assert_eq!(throttled.len(), open.len(), "a route is there twice");
}

/// 25 payments a second were too few for a shop on its busiest day. Reports of browsers are no part of a payment: a
/// limit that they reach keeps the log small.
#[test]
fn every_limit_is_a_parameter_that_a_busy_shop_does_not_reach() {
    for (route, parameter) in throttled() {
        let lines = section(&format!("  {parameter}:"), "Conditions:");
        let default = lines.iter().find_map(|line| line.trim().strip_prefix("Default: ")).unwrap();
        let least = match parameter.as_str() {
            "PaymentThrottle" => 300,
            "ReportThrottle" => 1,
            _ => 50,
        };
        assert!(default.parse::<u32>().unwrap() >= least, "{route}: {parameter} is {default}");
    }
}

#[test]
fn no_function_reserves_concurrency_unless_a_parameter_says_so() {
    let reserved: Vec<&str> = TEXT.lines().filter(|line| line.contains("ReservedConcurrentExecutions")).collect();
    assert_eq!(reserved.len(), 6);
    for line in reserved {
        let (condition, parameter) = line.split_once("!If [Has").unwrap().1.split_once(", !Ref ").unwrap();
        assert!(parameter.starts_with(&format!("{condition}, !Ref AWS::NoValue]")), "{line}");
        let lines = section(&format!("  {condition}:"), "Conditions:");
        assert_eq!(lines.iter().find_map(|line| line.trim().strip_prefix("Default: ")), Some("0"), "{condition}");
    }
}
