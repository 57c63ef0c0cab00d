//! Chance that falls the same way every time, so that a picture is the same picture on every
//! machine.

/// A small generator of numbers (xorshift64*).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..4 {
            dice.part();
        }
        dice
    }

    /// A number from 0 up to 1.
    pub fn part(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let [high, low, ..] = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes();
        f32::from(u16::from_be_bytes([high, low])) / 65_536.0
    }

    /// A number between two others.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.part()
    }

    /// A number about 0, seldom beyond ±1, most often near 0.
    pub fn bell(&mut self) -> f32 {
        (self.part() + self.part() + self.part() + self.part() - 2.0) / 1.2
    }

    /// Heights of a rough line of `2^depth + 1` points between −1 and 1, rougher for a `roughness`
    /// nearer 1.
    pub fn ridge(&mut self, depth: u32, roughness: f32) -> Vec<f32> {
        let count = 2_usize.pow(depth) + 1;
        let mut heights = vec![0.0; count];
        heights[0] = self.between(-0.5, 0.5);
        heights[count - 1] = self.between(-0.5, 0.5);
        let (mut step, mut swing) = (count - 1, 0.5);
        while step > 1 {
            let half = step / 2;
            for left in (0..count - 1).step_by(step) {
                let middle = (heights[left] + heights[left + step]) / 2.0;
                heights[left + half] = middle + self.between(-swing, swing);
            }
            step = half;
            swing *= roughness;
        }
        heights
    }
}

/// `count + 1` numbers evenly from 0 to 1.
pub fn steps(count: u16) -> impl Iterator<Item = f32> {
    (0..=count).map(move |index| f32::from(index) / f32::from(count.max(1)))
}
