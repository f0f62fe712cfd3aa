use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use protocols::Model;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let f = ModelFolder::open(&a[1]).unwrap();
    let side: usize = a[2].parse().unwrap();
    let n: usize = a[3].parse().unwrap();
    let rounds: usize = a[4].parse().unwrap();
    let mut o = ConvNextOptions::new().threads(1);
    if let Some(b) = a.get(5) {
        o = o.batch_size(b.parse().unwrap());
    }
    let m = ConvNextModel::load(&f, &o).unwrap();
    for _ in 0..rounds {
        m.predict_drawn((side, side, 3), n, &|i, mut im| im.fill(i as u8)).unwrap();
    }
}
