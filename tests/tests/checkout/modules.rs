//! How the modules of the checkout become one script.

#[path = "../../../functions/checkout/build/modules.rs"]
mod build;

use std::collections::HashMap;

/// What the modules of these paths and texts become, from the first on.
fn joined(modules: &[(&str, &str)]) -> Result<String, String> {
    let texts: HashMap<&str, &str> = modules.iter().copied().collect();
    build::joined(modules[0].0, &|path| {
        texts.get(path).map(|text| (*text).to_owned()).ok_or_else(|| format!("{path} does not exist"))
    })
}

#[test]
fn each_module_is_there_once_before_those_that_import_it() {
    let text = joined(&[
        ("main.js", "import { a } from \"./a.js\";\nimport { b,\n  c } from './form/b.js';\n\nstart(a, b, c);\n"),
        (
            "a.js",
            "/**\n * import nothing from here\n */\nimport { base } from \"./base.js\";\nexport const a = base;\n",
        ),
        (
            "form/b.js",
            "// A comment.\nimport { base } from \"../base.js\";\nexport function b() {\n  // one inside\n  return base;\n}\nexport async function c() {}\n",
        ),
        ("base.js", "export const base = \"import x\"; // kept\n"),
    ]);
    let expected = "const base = \"import x\"; // kept\nconst a = base;\nfunction b() {\n  return base;\n}\nasync function c() {}\nstart(a, b, c);\n";
    assert_eq!(text.unwrap(), expected);
}

#[test]
fn a_name_of_two_modules_is_an_error_that_names_both() {
    let twice = joined(&[
        ("main.js", "import { a } from \"./a.js\";\nconst limit = 1;\n"),
        ("a.js", "let limit = 2;\nexport const a = limit;\n"),
    ]);
    assert_eq!(twice.unwrap_err(), "main.js and a.js declare limit: rename it in one of them");
    // A name inside a function is its own.
    joined(&[
        ("main.js", "import { a } from \"./a.js\";\nfunction f() {\n  const limit = 1;\n}\n"),
        ("a.js", "export const a = 1;\nconst limit = 2;\n"),
    ])
    .unwrap();
}

#[test]
fn what_cannot_be_joined_is_refused() {
    for (module, problem) in [
        ("import { a as b } from \"./a.js\";\n", "an import has the form"),
        ("import a from \"./a.js\";\n", "an import has the form"),
        ("import * as a from \"./a.js\";\n", "an import has the form"),
        ("import \"./a.js\";\n", "an import has the form"),
        ("import { a } from \"a\";\n", "an import has the form"),
        ("import { a } from \"../../a.js\";\n", "an import has the form"),
        ("import { a } from \"./a.js\"\n", "does not end with ;"),
        ("import { a } from \"./b.js\";\n", "b.js does not exist"),
        ("import { a } from \"./main.js\";\n", "main.js imports itself through main.js"),
        ("export default 1;\n", "export stands before a declaration"),
        ("const a = 1;\nexport { a };\n", "export stands before a declaration"),
        ("const { a, b } = c;\n", "one name is declared at a time"),
        ("const a = await import(\"./a.js\");\n", "a module is imported by a statement alone"),
        ("/* a comment\n", "a comment does not end"),
    ] {
        let refused = joined(&[("main.js", module), ("a.js", "export const a = 1;\n")]).unwrap_err();
        assert!(refused.contains(problem), "{module}: {refused}");
    }
}

#[test]
fn style_sheets_are_joined_without_comments_and_indentation() {
    let sheets = ["/* the theme\n */\n:root {\n  --a: 1px; /* narrow */\n}\n", "\np { margin: 0; }\n"];
    let joined = build::style(&sheets.map(str::to_owned));
    assert_eq!(joined, ":root {\n--a: 1px;\n}\np { margin: 0; }\n");
}
