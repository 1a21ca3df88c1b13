use tenon_diff::patch::*;
fn main() {
    let patch = std::fs::read("/tmp/pexp/b.patch").unwrap();
    for name in ["src", "drift"] {
        let src = std::fs::read(format!("/tmp/pexp/b.{name}")).unwrap();
        let mut t: Vec<_> = (0..300)
            .map(|_| {
                let s = std::time::Instant::now();
                let f = one_file_patch(&patch).unwrap();
                let r = apply_patch(&src, &f, &ApplyOptions::default()).unwrap();
                let e = s.elapsed();
                assert!(r.text.is_some());
                e
            })
            .collect();
        t.sort();
        println!("{name} {:?}", t[150]);
    }
}
