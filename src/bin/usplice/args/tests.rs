use super::*;

#[test]
fn clap_definition_is_sound() {
    cli::command::<Cli>().debug_assert();
}
