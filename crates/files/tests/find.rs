//! The table of searches that the JavaScript tests read too, and what a search does with many paths.

use std::sync::atomic::AtomicBool;

use serde_json::Value;
use tenon_files::find::{Case, FindOptions, Found, PathSet, Query, find};

fn found(query: &Query, paths: &PathSet, options: &FindOptions) -> Vec<Found> {
    find(query, paths, options, &AtomicBool::new(false)).expect("nothing cancels it")
}

#[test]
fn every_row_of_the_table_holds() {
    let table = include_str!("../../../__test__/fixtures/files/find.json");
    let table: Value = serde_json::from_str(table).expect("a table");
    for row in table["cases"].as_array().expect("rows") {
        let name = &row["name"];
        let paths: Vec<&str> =
            row["paths"].as_array().expect("paths").iter().filter_map(Value::as_str).collect();
        let options = &row["options"];
        let case = match options["ignoreCase"].as_bool() {
            Some(true) => Case::Ignore,
            Some(false) => Case::Respect,
            None => Case::Smart,
        };
        let number = |name: &str| options[name].as_u64().and_then(|it| u32::try_from(it).ok());
        let text = row["query"].as_str().expect("a query");
        let query = Query::new(text, case, number("typos").unwrap_or(0)).expect("a short query");
        let set = PathSet::new(paths.join("\0")).expect("few paths");
        let limit = number("limit").map_or(50, |limit| limit as usize);
        let options = FindOptions { limit, threads: 0 };
        let plain = found(&query, &set, &options);
        assert_eq!(found(&query, &set.prepared(), &options), plain, "{name}");
        let shown = plain.iter().map(|it| serde_json::json!([it.index, it.score, it.positions])).collect();
        assert_eq!(Value::Array(shown), row["found"], "{name}");
    }
}

#[test]
fn the_best_do_not_depend_on_the_threads_or_the_limit() {
    let mut random = fastrand::Rng::with_seed(7);
    let names = ["core", "net", "Linux", "dr_iver", "util", "index", "é", "a", "x1"];
    let paths: Vec<String> = (0..30_000)
        .map(|_| {
            let count = random.usize(1..6);
            (0..count).filter_map(|_| random.choice(names)).collect::<Vec<_>>().join("/")
        })
        .collect();
    let set = PathSet::new(paths.join("\0")).expect("few paths");
    let prepared = set.clone().prepared();
    for (text, typos) in
        [("core", 0), ("cnl", 0), ("ne lin", 0), ("e", 0), ("!a é", 0), ("indxe", 2), ("", 0)]
    {
        let query = Query::new(text, Case::Smart, typos).expect("a short query");
        let all = found(&query, &set, &FindOptions { limit: usize::MAX, threads: 1 });
        let worse = |pair: &[Found]| pair[0].score < pair[1].score;
        assert!(!all.is_empty() && !all.windows(2).any(worse), "{text}");
        for limit in [0, 1, 10, 1000] {
            for threads in [1, 2, 3] {
                for set in [&set, &prepared] {
                    let some = found(&query, set, &FindOptions { limit, threads });
                    assert_eq!(some, all[..limit.min(all.len())], "{text}, {limit}, {threads} threads");
                }
            }
        }
    }
}

#[test]
fn a_long_path_is_matched_by_its_end() {
    let long = format!("x/{}/abc", "y".repeat(5000));
    let wide = format!("x/{}/abc", "é".repeat(5000));
    let set = PathSet::new(format!("{long}\0{wide}")).expect("few paths");
    let options = FindOptions::default();
    for (text, count) in [("abc", 2), ("xabc", 0), ("^y", 1), ("^x", 0), ("x !z", 0)] {
        let query = Query::new(text, Case::Smart, 0).expect("a short query");
        assert_eq!(found(&query, &set, &options).len(), count, "{text}");
    }
    let query = Query::new("abc", Case::Smart, 0).expect("a short query");
    for it in found(&query, &set, &options) {
        assert_eq!(it.positions, [5003, 5004, 5005]);
    }
}
