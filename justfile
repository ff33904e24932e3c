# Short names for what the repository runs. `just` prints them.

config := "infra/samconfig.toml"

# Print the recipes.
default:
    @just --list

# Start the hub on this machine, with the options that follow: `just run --port 4000`.
run *options:
    cargo run --locked -- {{ options }}

# Run every layer of tests.
test:
    tests/run

# Check format, lints and documentation without running a test.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --locked

# Check words in all files, or in the paths that follow: `just words docs README.md`.
words *paths:
    .ci/words {{ paths }}

# Run what a change must pass.
ci:
    .ci/run

# Build and deploy the three stacks of `environment`: `default` is the sandbox, `production` is real money.
deploy environment="default":
    sam build --config-file {{ config }} --config-env {{ environment }}
    infra/deploy {{ environment }}
