//! A page for each question of technique, with its chart and its answer, and an index: from the results of
//! `technique` (`docs/benchmarks/technique.json`) to `docs/techniques`.
//!
//! [`question`] is what is asked and said, [`answer`] what is concluded from the figures, [`source`] what the code has to
//! do with it.

pub mod answer;
mod picture;
pub mod question;
pub mod source;

use serde_json::Value;

use super::super::{statistics, table};
use super::markdown::{bullet, listed, paragraph, plain, table as lines};
use super::page;
use super::results::{Entrant, Measured, Results, State};
use super::{Drawn, Rendered};
use answer::{Job, factor, times_as_fast, times_the_cpu};
use question::{Answer, Choice, QUESTIONS, Question};

/// The name of the tool, and of its file of results.
pub const TOOL: &str = "technique";

/// The pages, seen from the top of the repository.
pub const FOLDER: &str = "docs/techniques";

/// The results, if there is a file of them; `load` gives what is in the file of a tool.
pub fn read(load: &mut dyn FnMut(&str) -> Drawn<Option<Value>>) -> Drawn<Option<Results>> {
    let file = load(TOOL)?;
    Ok(file.map(|file| Results::read(TOOL, &file)).transpose()?)
}

/// The pages and charts of all questions that there are figures for.
pub fn render(results: &Results) -> Drawn<Vec<Rendered>> {
    let mut files = Vec::new();
    let mut answers = Vec::new();
    for question in QUESTIONS {
        if let Some(gone) = question.choices.iter().map(|choice| choice.source).find(|it| !it.is_defined()) {
            return Err(format!("{} does not define {}", gone.path, gone.item).into());
        }
        let jobs = jobs(question, results);
        let Some(conclusion) = conclusion(question, results) else { continue };
        files.extend(picture::draw(question, &jobs, results)?);
        let text = page_of(question, &jobs, results, &conclusion);
        files.push(Rendered { path: format!("{FOLDER}/{}.md", question.name), text });
        answers.push((question, conclusion));
    }
    files.push(Rendered { path: format!("{FOLDER}/README.md"), text: index(&answers, results) });
    Ok(files)
}

/// The measured rows of a question, in its order.
fn jobs<'a>(question: &'a Question, results: &'a Results) -> Vec<Job<'a>> {
    let job = |(name, phrase): &'a (&str, &str)| Some(Job { phrase, measured: results.row(name)? });
    question.rows.iter().filter_map(job).collect()
}

/// The answer to a question, in one sentence; none without figures.
pub fn conclusion(question: &Question, results: &Results) -> Option<String> {
    let jobs = jobs(question, results);
    let text = match &question.answer {
        Answer::Growing(wording) => answer::growing(&jobs, wording)?,
        Answer::Versus(all) => {
            let clauses: Vec<String> = all.iter().filter_map(|one| answer::versus(&jobs, one)).collect();
            if clauses.is_empty() {
                return None;
            }
            clauses.join("; ")
        }
    };
    let cores = if question.cores { format!("On {} cores, ", results.machine.cores) } else { String::new() };
    Some(format!("{cores}{text}."))
}

/// What of the rows has no figures, and why.
fn missing(question: &Question, results: &Results) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, phrase) in question.rows {
        let why = match results.rows.iter().find(|row| row.name == *name).map(|row| &row.state) {
            Some(State::Measured(_)) => continue,
            Some(State::Skipped(why)) => format!("skipped: {why}"),
            Some(State::Failed(why)) => format!("failed: {why}"),
            None => "not measured".into(),
        };
        missing.push(format!("`{name}` ({phrase}): {}", plain(&why)));
    }
    missing
}

/// On what, and in how many rounds.
fn circumstances(results: &Results, jobs: &[Job]) -> String {
    let machine = &results.machine;
    let mut rounds: Vec<usize> =
        jobs.iter().flat_map(|job| &job.measured.entrants).map(|entrant| entrant.scores.len()).collect();
    rounds.sort_unstable();
    rounds.dedup();
    let rounds: Vec<String> = rounds.iter().map(usize::to_string).collect();
    let scaled = if jobs.iter().any(|job| (job.measured.scale - 1.0).abs() > f64::EPSILON) {
        "; A TRIAL ON DATA OF ANOTHER SIZE, WHICH SHOWS NOTHING"
    } else {
        ""
    };
    let when = match page::days(results) {
        days if days.is_empty() => days,
        days => format!(", {days}"),
    };
    format!(
        "{} round{} on {}, {} cores, {}, Linux {}, {}{when}{scaled}",
        listed(&rounds),
        if rounds == ["1"] { "" } else { "s" },
        machine.cpu,
        machine.cores,
        page::memory(&machine.memory),
        machine.kernel,
        machine.disk,
    )
}

const GENERATED: &str = "<!-- Made by `cargo bench --bench compare -- --render`: changes are lost. -->\n\n";

fn page_of(question: &Question, jobs: &[Job], results: &Results, conclusion: &str) -> String {
    let mut text = format!("{GENERATED}# {}\n\n", question.title);
    text += &paragraph(question.asks);
    text += &paragraph(&format!("**{conclusion}**"));
    for (path, title) in picture::names(question) {
        text += &format!("![{title}]({path})\n\n");
    }
    text += "## How it is measured\n\n";
    text += &paragraph(question.how);
    text += &paragraph(&format!(
        "{}. The commands of a row take turns; a time is the median of the rounds, and a factor the median of the \
         factors within each round. Before anything is timed, all have put out the same bytes. A difference counts \
         from {} on, if the middle half of the rounds agree about it.",
        circumstances(results, jobs),
        answer::enough(),
    ));
    text += &format!("```sh\ncargo bench --bench compare -- {TOOL} {}- --report\n```\n\n", question.name);
    text += "## What was found\n\n";
    for job in jobs {
        text += &format!("### {}\n\n", plain(&job.measured.about));
        text += &figures(job.measured);
    }
    let missing = missing(question, results);
    if !missing.is_empty() {
        text += &paragraph("There are no figures of these rows:");
        text += &missing.iter().map(|row| bullet(row)).collect::<String>();
        text += "\n";
    }
    text += "## What this means in the tools\n\n";
    text += &paragraph(question.tools);
    text += &question.choices.iter().map(|choice| bullet(&chosen(choice, results))).collect::<String>();
    text += "\n[All questions](README.md)\n";
    text
}

/// The table of a row.
fn figures(row: &Measured) -> String {
    let Some(first) = row.entrants.first() else { return String::new() };
    let titles = [
        String::new(),
        "`RINGUTILS`".into(),
        "time".into(),
        format!("times as fast as {}", label(first)),
        "processor time".into(),
        "times the processor time".into(),
    ];
    let line = |entrant: &Entrant| {
        let told = entrant.told.as_ref().filter(|told| !told.list.is_empty());
        vec![
            label(entrant),
            told.map_or_else(String::new, |told| format!("`{}`", told.list)),
            row.written(entrant.score()),
            factor(times_as_fast(entrant, first)),
            table::duration(statistics::median(&entrant.cpu)).replace(" us", " µs"),
            factor(times_the_cpu(entrant, first)),
        ]
    };
    lines(&titles, &row.entrants.iter().map(line).collect::<Vec<_>>())
}

/// A setting, in a table: what is typed, as code.
fn label(entrant: &Entrant) -> String {
    let label = entrant.setting();
    if label.contains('=') { format!("`{label}`") } else { label.into() }
}

/// A choice of the tools, and how good it is here.
fn chosen(choice: &Choice, results: &Results) -> String {
    let link = choice.source.link();
    let Some((steps, row)) = choice.number else { return format!("{}: {link}", choice.what) };
    let Some(number) = choice.source.number() else { return format!("{}: {link}", choice.what) };
    #[expect(clippy::cast_precision_loss, reason = "sizes of blocks are below 2^52")]
    let number = number as f64;
    let text = format!("{}: {link} = {}", choice.what, answer::number(steps, number));
    let said = row.and_then(|row| results.row(row)).and_then(|row| answer::choice(row, number));
    said.map_or_else(|| text.clone(), |said| format!("{text}, {said}"))
}

fn index(answers: &[(&Question, String)], results: &Results) -> String {
    let mut text = format!("{GENERATED}# Techniques\n\n");
    text += &paragraph(
        "What of io_uring is worth its trouble, for tools that read and write files? Each page asks one question of \
         the machine: one and the same work, done with and without, or with more and less. The answers are computed \
         from what was measured, and hold for the machine that is named there; a command on each page asks yours.",
    );
    for (question, conclusion) in answers {
        text += &bullet(&format!("[{}]({}.md): {conclusion}", question.title, question.name));
    }
    let missing: Vec<String> = QUESTIONS.iter().flat_map(|question| missing(question, results)).collect();
    if !missing.is_empty() {
        text += "\n";
        text += &paragraph("There are no figures of these rows:");
        text += &missing.iter().map(|row| bullet(row)).collect::<String>();
    }
    text += "\n";
    text += &paragraph("All of them anew, as root, since the caches are dropped:");
    text += &format!("```sh\ncargo bench --bench compare -- {TOOL} --runs 5 --report\n```\n\n");
    text += &paragraph("How the tools compare with others is in [the report](../benchmarks.md).");
    text
}
