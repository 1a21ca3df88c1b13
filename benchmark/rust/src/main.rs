//! One crate over the texts on standard input, a JSON array of strings: tokenizers count the tokens of each, `tenon-ignore`
//! the ignored of `paths` by `rules`, where each text is JSON with the two.
//!
//! `tenon-benchmark <crate> answer` prints the count of each text; `tenon-benchmark <crate> time <warm-up ms> <ms>` prints
//! the seconds a call of each batch, with the texts in turn. Both print JSON.

use std::{
    error::Error,
    hint::black_box,
    io::Read,
    time::{Duration, Instant},
};

/// A batch is at least this long: the clock's grain does not show in it.
const BATCH: Duration = Duration::from_millis(1);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (name, task) = arguments.split_first().ok_or("a crate is named first")?;
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let texts: Vec<String> = serde_json::from_str(&input)?;
    let mut count = counter(name, &texts)?;
    match task {
        ["answer"] => {
            let counts: Vec<usize> = texts.iter().map(|text| count(text)).collect();
            println!("{}", serde_json::to_string(&counts)?);
        }
        ["time", warm_up, measured] => {
            let (samples, calls) = time(&texts, &mut count, milliseconds(warm_up)?, milliseconds(measured)?);
            println!("{}", serde_json::json!({ "samples": samples, "calls": calls }));
        }
        _ => return Err("after the crate comes `answer`, or `time` with two numbers of milliseconds".into()),
    }
    Ok(())
}

fn milliseconds(text: &str) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::from_millis(text.parse()?))
}

/// How a crate counts: the tokens of `o200k_base`, or ignored paths.
fn counter(name: &str, texts: &[String]) -> Result<Box<dyn FnMut(&str) -> usize>, Box<dyn Error>> {
    Ok(match name {
        "tenon-tokens" => {
            let mut tokenizer = tenon_tokens::Tokenizer::new(tenon_tokens::Encoding::O200kBase);
            Box::new(move |text| tokenizer.count(text, &[]))
        }
        "tenon-ignore" => verdicts(texts)?,
        "toktok-rs" => {
            let tokenizer = toktok::Tokenizer::builtin("o200k_base").map_err(|error| error.to_string())?;
            Box::new(move |text| tokenizer.count(text.as_bytes()))
        }
        "bpe-openai" => Box::new(|text| bpe_openai::o200k_base().count(text)),
        other => return Err(format!("there is no crate {other} here").into()),
    })
}

#[derive(serde::Deserialize)]
struct Question {
    rules: String,
    paths: Vec<String>,
}

/// Counts ignored paths; rules are compiled and paths parsed before.
fn verdicts(texts: &[String]) -> Result<Box<dyn FnMut(&str) -> usize>, Box<dyn Error>> {
    let mut questions = std::collections::HashMap::new();
    for text in texts {
        let Question { rules, paths } = serde_json::from_str(text)?;
        let rules = tenon_ignore::RuleFile::parse(rules.as_bytes(), false);
        let stack = tenon_ignore::RuleStack::default().with(rules, ".gitignore".into(), 0);
        questions.insert(text.as_ptr(), (stack, paths));
    }
    Ok(Box::new(move |text| {
        let (stack, paths) = &questions[&text.as_ptr()];
        paths.iter().filter(|path| stack.ignores(path.as_bytes(), false)).count()
    }))
}

fn time(
    texts: &[String],
    count: &mut dyn FnMut(&str) -> usize,
    warm_up: Duration,
    measured: Duration,
) -> (Vec<f64>, usize) {
    let mut texts = texts.iter().cycle();
    let mut calls = 0;
    let mut batch = |size: usize| {
        let start = Instant::now();
        for text in texts.by_ref().take(size) {
            black_box(count(black_box(text)));
        }
        calls += size;
        start.elapsed()
    };
    let mut size = 1;
    let start = Instant::now();
    while start.elapsed() < warm_up {
        if batch(size) < BATCH {
            size *= 2;
        }
    }
    let mut samples = Vec::new();
    let start = Instant::now();
    while start.elapsed() < measured || samples.len() < 10 {
        samples.push(batch(size).as_secs_f64() / size as f64);
    }
    (samples, calls)
}
