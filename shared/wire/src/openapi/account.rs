//! An account's public keys, merchants, and their settings.

use utoipa::openapi::{
    Content, Paths, Required, Schema,
    path::{HttpMethod, ParameterBuilder, ParameterIn},
    request_body::RequestBodyBuilder,
    schema::ObjectBuilder,
};

use super::{Described, JSON, Schemas, file, uuid};
use crate::malga::{
    requests::{ChangeSettings, CreateMerchant, CreatePublicKey, ListQuery, PatchMerchant},
    responses::{ListedKeyBody, MerchantBody, PublicKeyBody, SettingsBody},
};

pub(super) fn paths(paths: &mut Paths, schemas: &mut Schemas) {
    keys(paths, schemas);
    merchants(paths, schemas);
    settings(paths, schemas);
}

fn keys(paths: &mut Paths, schemas: &mut Schemas) {
    let create = Described::new("createPublicKey", "Create a public key").takes::<CreatePublicKey>(schemas).keyed();
    let list = Described::new("listPublicKeys", "List public keys").filtered(ListQuery::parameters());
    let revoke_all = Described::new("revokeAllPublicKeys", "Revoke every public key of the account");
    let revoke_one = Described::new("revokePublicKey", "Revoke a public key").of_id();
    let made = create.answers("201", "The key.", schemas.content::<PublicKeyBody>());
    paths.add_path_operation("/v1/auth", vec![HttpMethod::Post], made);
    let listed = list.answers("200", "One page, the oldest first.", schemas.page::<ListedKeyBody>());
    paths.add_path_operation("/v1/auth", vec![HttpMethod::Get], listed);
    let revoked =
        "Every public key is revoked, with the keys of their unpaid sessions; they may work for one more minute.";
    paths.add_path_operation("/v1/auth", vec![HttpMethod::Delete], revoke_all.done("204", revoked));
    let revoked = revoke_one.done(
        "204",
        "The key is revoked, with the keys made with it and the keys of their unpaid sessions; they may work for one \
         more minute. The id in the path is the key, or its id in the list.",
    );
    paths.add_path_operation("/v1/auth/{id}", vec![HttpMethod::Delete], revoked);
}

fn merchants(paths: &mut Paths, schemas: &mut Schemas) {
    let create = Described::new("createMerchant", "Create a merchant").takes::<CreateMerchant>(schemas).keyed();
    let list = Described::new("listMerchants", "List merchants").filtered(ListQuery::parameters());
    let read = Described::new("readMerchant", "Read a merchant").of_id();
    let change = Described::new("changeMerchant", "Change a merchant").of_id().takes::<PatchMerchant>(schemas);
    let delete = Described::new("deleteMerchant", "Delete a merchant").of_id().fails(&["409"]);

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let merchant = "The merchant.";
    add("/v1/merchants", HttpMethod::Post, create.answers("201", merchant, schemas.content::<MerchantBody>()));
    add("/v1/merchants", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<MerchantBody>()));
    add("/v1/merchants/{id}", HttpMethod::Get, read.answers("200", merchant, schemas.content::<MerchantBody>()));
    let changed = change.fails(&["409"]).answers("200", merchant, schemas.content::<MerchantBody>());
    add("/v1/merchants/{id}", HttpMethod::Patch, changed);
    let deleted = delete.done("204", "The merchant is deleted; the hub still settles its earlier charges.");
    add("/v1/merchants/{id}", HttpMethod::Delete, deleted);
}

fn settings(paths: &mut Paths, schemas: &mut Schemas) {
    let read = of_merchant(Described::new("readSettings", "Read a merchant's settings"), Required::False);
    let change = |id| of_merchant(Described::new(id, "Change a merchant's settings"), Required::True);
    let form = Schema::from(
        ObjectBuilder::new()
            .description(Some("The same fields, and `logo`: a PNG, JPEG or WebP picture of at most 100 KB."))
            .property("logo", file()),
    );
    let body = RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content(JSON, schemas.content::<ChangeSettings>())
        .content("multipart/form-data", Content::new(Some(form)));
    let body = body.build();
    let change = |id| Described(change(id).0.request_body(Some(body.clone()))).fails(&["409", "413"]);

    let logo = Described::new("readLogo", "Read a merchant's logo").of_id();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    add("/v1/settings", HttpMethod::Get, read.answers("200", "The settings.", schemas.content::<SettingsBody>()));
    let posted = change("changeSettings").answers("201", "The settings.", schemas.content::<SettingsBody>());
    add("/v1/settings", HttpMethod::Post, posted);
    let patched = change("patchSettings").answers("200", "The settings.", schemas.content::<SettingsBody>());
    add("/v1/settings", HttpMethod::Patch, patched);
    add("/v1/settings/logo/{id}", HttpMethod::Get, logo.shows(&["image/png", "image/jpeg", "image/webp"]));
}

/// A route of the merchant that a header names; where that is not required, of the account's first merchant.
fn of_merchant(route: Described, required: Required) -> Described {
    let merchant = ParameterBuilder::new()
        .name("X-Merchant-Id")
        .parameter_in(ParameterIn::Header)
        .required(required)
        .schema(Some(uuid()));
    route.parameter(merchant.build()).fails(&["404"])
}
