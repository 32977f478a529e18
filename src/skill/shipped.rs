//! The skills that come with the program, embedded in it.

use std::path::Path;

use include_dir::{Dir, include_dir};

use super::format::{Skill, SkillError, parse};

static SKILLS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/skills");

/// Returns the shipped skills, in order of name.
///
/// # Errors
/// When one is broken, which the tests rule out.
pub fn shipped() -> Result<Vec<Skill>, SkillError> {
    let mut skills = Vec::new();
    for folder in SKILLS.dirs() {
        let text = |name: &str| {
            let file = folder.get_file(folder.path().join(name));
            file.and_then(|f| f.contents_utf8()).unwrap_or_default()
        };
        skills.push(parse(
            &Path::new("skills").join(folder.path()),
            text("SKILL.md"),
            text("steps.legwork"),
        )?);
    }
    skills.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(skills)
}

/// Puts the user's own skills before the shipped ones; of one name the user's own is taken.
pub fn merged(own: Vec<Skill>, shipped: Vec<Skill>) -> Vec<Skill> {
    let mut all = own;
    for skill in shipped {
        if !all.iter().any(|mine| mine.name == skill.name) {
            all.push(skill);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_skill_loads() {
        let names: Vec<String> = shipped().unwrap().into_iter().map(|s| s.name).collect();
        assert_eq!(names, ["book-appointment", "triage-inbox"]);
    }

    #[test]
    fn the_users_own_skill_wins_by_name() {
        let all = shipped().unwrap();
        let mut mine = all[0].clone();
        mine.description = "mine".to_owned();
        let merged = merged(vec![mine.clone()], all.clone());
        assert_eq!(merged.len(), all.len());
        assert_eq!(merged[0], mine);
    }
}
