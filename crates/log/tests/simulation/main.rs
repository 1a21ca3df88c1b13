//! x
mod disk;
#[test]
fn t() {
    use std::path::Path;
    use tenon_log::disk::{Access, Disk, DiskFile};
    for seed in 0..2000 {
        let d = disk::SimulatedDisk::new(seed);
        d.create_directory(Path::new("/a/b")).unwrap();
        d.sync_directory(Path::new("/")).unwrap();
        d.sync_directory(Path::new("/a")).unwrap();
        let f = d.open(Path::new("/a/b/c"), Access::Create).unwrap();
        f.write_all_at(&[1; 3000], 0).unwrap();
        f.sync_data().unwrap();
        d.sync_directory(Path::new("/a/b")).unwrap();
        f.write_all_at(&[2; 3000], 2000).unwrap();
        f.set_len(2500).unwrap();
        f.write_all_at(&[3; 1000], 2500).unwrap();
        d.rename(Path::new("/a/b/c"), Path::new("/a/b/d")).unwrap();
        d.crash();
        let names = d.list(Path::new("/a/b")).unwrap();
        assert_eq!(names.len(), 1);
        let c = d.contents(&Path::new("/a/b").join(&names[0]));
        assert!(c.len() >= 2000 && c[..1536].iter().all(|&b| b == 1), "{}", c.len());
    }
}
