//! A fixed address: the functions that call providers are in the subnets that the template's parameters name.

use std::collections::BTreeSet;

use aws_local::template::TEXT;

/// The functions of which a line of their own, or of their role, fits.
fn functions(fits: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut name = "";
    for line in TEXT.lines() {
        let resource = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':'));
        if let Some(resource) = resource.filter(|resource| resource.chars().all(char::is_alphanumeric)) {
            name = resource.strip_suffix("Function").or_else(|| resource.strip_suffix("Role")).unwrap_or("");
        } else if !name.is_empty() && fits(line) {
            found.insert(name);
        }
    }
    found
}

#[test]
fn the_functions_that_call_providers_can_have_a_fixed_address() {
    // These two make and read what stands for a provider, and keep its keys: they call none.
    let calls_none = BTreeSet::from(["Account", "SandboxControl"]);
    let opens_keys =
        functions(|line| line.contains("'kms:EncryptionContext:catraca'") && line.contains("'providers:*'"));
    let calls: BTreeSet<&str> = opens_keys.difference(&calls_none).copied().collect();
    assert!(calls.contains("ChargeCreate") && calls.contains("Sweeper"));

    let subnets = "VpcConfig: !If [HasEgressSubnets, {SubnetIds: !Ref EgressSubnetIds, SecurityGroupIds: !Ref \
                   EgressSecurityGroupIds}, !Ref AWS::NoValue]";
    assert_eq!(functions(|line| line.trim() == subnets), calls);
    let policy = "ManagedPolicyArns: !If [HasEgressSubnets, [!Ref EgressPolicy], !Ref AWS::NoValue]";
    assert_eq!(functions(|line| line.trim() == policy), calls);
}
