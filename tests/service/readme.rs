//! What the README promises about settings is what the program reads.

#[test]
fn the_readme_names_every_variable() {
    let config = include_str!("../../src/config.rs");
    let readme = include_str!("../../README.md");
    let variables: Vec<&str> = config.split("env = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(variables.len() > 20, "{variables:?}");
    for variable in variables {
        assert!(readme.contains(&format!("`{variable}`")), "{variable}");
    }
}
