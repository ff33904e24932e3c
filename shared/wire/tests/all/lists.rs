use domain::{
    charge::status::Status, merchant::ProviderType, method::PaymentType, refusal::Refusal, session::SessionStatus,
};
use wire::malga::requests::{ChargesQuery, Created, Paging, SessionsQuery, Sort};

use crate::fixtures::{MERCHANT, at};

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn charges(query: &[(&str, &str)]) -> Result<ChargesQuery, Refusal> {
    ChargesQuery::read(&pairs(query))
}

fn problem(query: (&str, &str)) -> String {
    match charges(&[query]) {
        Err(Refusal::Invalid(problems)) if problems.len() == 1 => problems[0].clone(),
        other => panic!("{query:?}: {other:?}"),
    }
}

#[test]
fn a_bare_list_is_the_first_fifteen_oldest_first() {
    let all = charges(&[]).unwrap();
    assert_eq!(all.paging, Paging { page: 1, limit: 15, sort: Sort::Ascending });
    assert_eq!((&all.statuses, all.created, all.paging.offset()), (&None, Created::default(), 0));
    let empty = charges(&[("page", ""), ("status", ""), ("created", ""), ("id", ""), ("splitRules", "")]);
    assert_eq!(empty, Ok(all));
}

#[test]
fn every_filter_is_read() {
    let query = charges(&[
        ("page", "3"),
        ("limit", "100"),
        ("sort", "DESC"),
        ("id", MERCHANT),
        ("merchantId", MERCHANT),
        ("originalAmount", "150"),
        ("status", "failed,pre_authorized"),
        ("paymentType", "pix"),
        ("providerType", "SANDBOX,STRIPE"),
        ("orderId", "231"),
        ("sessionId", MERCHANT),
        ("splitRules", "false"),
        ("created.gt", "2023-12-26T03:00:00.000Z"),
        ("created.lt", "2023-12-27T03:00:00.000Z"),
        ("unknown", "x"),
    ])
    .unwrap();
    assert_eq!(query.paging, Paging { page: 3, limit: 100, sort: Sort::Descending });
    assert_eq!(query.paging.offset(), 200);
    assert_eq!(query.id.unwrap().to_string(), MERCHANT);
    assert_eq!(query.merchant.unwrap().to_string(), MERCHANT);
    assert_eq!(query.session.unwrap().to_string(), MERCHANT);
    assert_eq!(query.original_amount.unwrap().minor(), 150);
    assert_eq!(query.statuses, Some(vec![Status::Failed, Status::PreAuthorized]));
    assert_eq!(query.methods, Some(vec![PaymentType::Pix]));
    assert_eq!(query.providers, Some(vec![ProviderType::Sandbox, ProviderType::Stripe]));
    assert_eq!(query.order_id.as_deref(), Some("231"));
    assert!(!query.created.contains(at("2023-12-26T03:00:00.000Z")));
    assert!(query.created.contains(at("2023-12-26T03:00:00.001Z")));
    assert!(query.created.contains(at("2023-12-27T02:59:59.999Z")));
    assert!(!query.created.contains(at("2023-12-27T03:00:00.000Z")));
}

#[test]
fn created_is_an_instant_or_a_day() {
    let created = |query: &[(&str, &str)]| charges(query).unwrap().created;
    let day = created(&[("created", "2023-12-26")]);
    assert_eq!(day, Created { from: Some(at("2023-12-26T00:00:00Z")), until: Some(at("2023-12-27T00:00:00Z")) });
    let instant = created(&[("created", "2023-12-26T03:00:00.000Z")]);
    assert!(instant.contains(at("2023-12-26T03:00:00.000Z")) && !instant.contains(at("2023-12-26T03:00:00.001Z")));
    let rest =
        created(&[("created", "2023-12-26"), ("created.gt", "2023-12-26T12:00:00Z"), ("created.lt", "2024-01-01")]);
    assert_eq!((rest.from, rest.until), (Some(at("2023-12-26T12:00:00.001Z")), day.until));
}

#[test]
fn integers_may_have_decimals_of_zero() {
    let read = charges(&[("limit", "10.0"), ("page", "2.00"), ("originalAmount", "100.0")]).unwrap();
    assert_eq!((read.paging.limit, read.paging.page), (10, 2));
    assert_eq!(read, charges(&[("limit", "10"), ("page", "2"), ("originalAmount", "100")]).unwrap());
}

/// .NET sends its first day for "without beginning".
#[test]
fn a_day_before_1970_is_before_all_that_is_listed() {
    for day in ["0001-01-01", "0001-01-01T00:00:00Z", "1969-12-31"] {
        let after = charges(&[("created.gt", day)]).unwrap().created;
        assert_eq!((after.from, after.until), (Some(at("1970-01-01T00:00:00.001Z")), None), "{day}");
        let before = charges(&[("created.lt", day)]).unwrap().created;
        assert_eq!((before.from, before.until), (None, Some(at("1970-01-01T00:00:00Z"))), "{day}");
    }
}

#[test]
fn sessions_are_filtered_by_status_and_activity() {
    let query = SessionsQuery::read(&pairs(&[("status", "created,paid"), ("isActive", "true,false")])).unwrap();
    assert_eq!(query.statuses, Some(vec![SessionStatus::Created, SessionStatus::Paid]));
    assert_eq!(query.is_active, Some(vec![true, false]));
    let neither = SessionsQuery::read(&pairs(&[("isActive", "true,maybe")]));
    let problem = "isActive must be one of the following values: true, false".to_owned();
    assert_eq!(neither, Err(Refusal::Invalid(vec![problem])));
}

/// `a=1&a=2`, `a[]=1` and `a[b]=1` are how PHP, Ruby and some JavaScript libraries write lists and comparisons.
#[test]
fn repeated_and_bracketed_filters_are_filters() {
    let both = Some(vec![Status::Failed, Status::Authorized]);
    for query in [
        [("status", "failed"), ("status", "authorized")],
        [("status[]", "failed"), ("status[]", "authorized")],
        [("status[0]", "failed"), ("status[1]", "authorized")],
        [("status[]", "failed,authorized"), ("status", "")],
    ] {
        assert_eq!(charges(&query).unwrap().statuses, both, "{query:?}");
    }
    let created = charges(&[("created[gt]", "2023-12-26"), ("created[lt]", "2023-12-27")]).unwrap().created;
    assert_eq!((created.from, created.until), (Some(at("2023-12-26T00:00:00.001Z")), Some(at("2023-12-27T00:00:00Z"))));
    assert_eq!(charges(&[("orderId", "7"), ("orderId[]", "7")]).unwrap().order_id.as_deref(), Some("7"));
    assert_eq!(charges(&[("page", "1"), ("page", "2")]).unwrap().paging.page, 2);
    for (query, expected) in [
        ([("orderId", "7"), ("orderId", "8")], "orderId must not come twice"),
        ([("created.gt", "2023-12-26"), ("created[gt]", "2023-12-27")], "created.gt must not come twice"),
        (
            [("created.gte", "2023-12-26"), ("created.gt", "")],
            "created must be one of the following filters: created, created.gt, created.lt",
        ),
        (
            [("created[$gt]", "x"), ("id", "")],
            "created must be one of the following filters: created, created.gt, created.lt",
        ),
        ([("status[not]", "failed"), ("id", "")], "status must be one of the following filters: status"),
    ] {
        assert_eq!(charges(&query), Err(Refusal::Invalid(vec![expected.to_owned()])), "{query:?}");
    }
}

#[test]
fn a_word_that_the_hub_does_not_know_finds_nothing() {
    for query in [("status", "settled"), ("paymentType", "nupay"), ("providerType", "stripe"), ("status", "x,y")] {
        let read = charges(&[query]).unwrap();
        let nothing = [read.statuses.is_some_and(|s| s.is_empty()), read.methods.is_some_and(|m| m.is_empty())];
        assert!(nothing.contains(&true) || read.providers.is_some_and(|p| p.is_empty()), "{query:?}");
    }
    assert_eq!(charges(&[("status", "settled,failed")]).unwrap().statuses, Some(vec![Status::Failed]));
}

#[test]
fn what_cannot_be_a_filter_is_a_problem() {
    for (query, expected) in [
        (("page", "0"), "page must be a positive number"),
        (("page", "-1"), "page must be an integer number"),
        (("page", "1.5"), "page must be an integer number"),
        (("page", "10001"), "page must not be greater than 10000"),
        (("page", "99999999999999999999999"), "page must not be greater than 10000"),
        (("limit", "0"), "limit must be a positive number"),
        (("limit", "101"), "limit must not be greater than 100"),
        (("sort", "asc"), "sort must be one of the following values: ASC, DESC"),
        (("id", "x"), "id must be a UUID"),
        (("originalAmount", "1.5"), "originalAmount must be an integer number"),
        (("originalAmount", "1."), "originalAmount must be an integer number"),
        (("originalAmount", ".0"), "originalAmount must be an integer number"),
        (("created", "yesterday"), "created must be a valid ISO 8601 date string"),
        (("created.gt", "2023-13-01"), "created.gt must be a valid ISO 8601 date string"),
        (("created.lt", "2023-12-26T03:00:00"), "created.lt must be a valid ISO 8601 date string"),
        (("splitRules", "true"), "splitRules is not served by this hub"),
        (("splitRules", "no"), "splitRules must be a boolean value"),
    ] {
        assert_eq!(problem(query), expected);
    }
    assert!(problem(("orderId", &"x".repeat(256))).starts_with("orderId must be shorter"));
    let several = charges(&[("page", "0"), ("limit", "x"), ("id", "x")]);
    assert!(matches!(several, Err(Refusal::Invalid(problems)) if problems.len() == 3));
}
