//! Draws the refs of what can be worked into a picture: a frame around each, its ref at the corner.

use std::io::Cursor;

use crate::action::{Rect, Ref};

/// Largest picture that is drawn into, in pixels.
const PIXELS_MAX: u64 = 64 * 1024 * 1024;
/// How large one point of a letter is, in pixels.
const POINT: i64 = 2;
/// Width and height of a letter, in points.
const LETTER: (i64, i64) = (3, 5);
/// Colours of frames and labels; red, green, blue.
const FRAME: [u8; 3] = [200, 0, 90];
const LABEL: [u8; 3] = [255, 255, 255];

/// The letters of refs: `e`, then `0` to `9`; each row has three points, the leftmost is 4.
const LETTERS: [[u8; 5]; 11] = [
    [0b000, 0b111, 0b101, 0b110, 0b111],
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// Why a picture can't be drawn into.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("it is no picture that is known")]
    Read(#[from] png::DecodingError),
    #[error("it can't be written again")]
    Write(#[from] png::EncodingError),
    #[error("it is too large")]
    Size,
}

/// Pixels of four bytes, or of three.
struct Canvas {
    pixels: Vec<u8>,
    width: i64,
    height: i64,
    depth: i64,
}

/// Draws `marks`, boxes in the same measure as `area`, which is what the picture shows.
///
/// # Errors
/// When the picture is none that Chromium takes.
pub(super) fn mark(png: &[u8], area: Rect, marks: &[(Ref, Rect)]) -> Result<Vec<u8>, Problem> {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info()?;
    let info = reader.info();
    let (width, height) = info.size();
    let (color, bits) = (info.color_type, info.bit_depth);
    let is_known =
        matches!(color, png::ColorType::Rgb | png::ColorType::Rgba) && bits == png::BitDepth::Eight;
    if !is_known || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(Problem::Size);
    }
    let size = reader.output_buffer_size().ok_or(Problem::Size)?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels)?;
    let mut canvas = Canvas {
        pixels,
        width: i64::from(width),
        height: i64::from(height),
        depth: if color == png::ColorType::Rgba { 4 } else { 3 },
    };
    let scale = f64::from(width) / area.width.max(1.0);
    for (name, at) in marks {
        let x = whole((at.x - area.x) * scale);
        let y = whole((at.y - area.y) * scale);
        canvas.frame(x, y, whole(at.width * scale), whole(at.height * scale));
        canvas.label(x, y, &name.to_string());
    }
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(bits);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(&canvas.pixels)?;
    Ok(out)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what lies outside of the picture is not drawn anyway"
)]
fn whole(pixels: f64) -> i64 {
    pixels.round() as i64
}

impl Canvas {
    fn dot(&mut self, x: i64, y: i64, color: [u8; 3]) {
        if x < 0 || y < 0 || x >= self.width || y >= self.height {
            return;
        }
        let at = usize::try_from((y * self.width + x) * self.depth).unwrap_or(usize::MAX);
        if let Some(pixel) = self.pixels.get_mut(at..at.saturating_add(3)) {
            pixel.copy_from_slice(&color);
        }
    }

    fn frame(&mut self, x: i64, y: i64, width: i64, height: i64) {
        let right = (x + width).min(self.width);
        let bottom = (y + height).min(self.height);
        for column in x.max(0)..right {
            self.dot(column, y, FRAME);
            self.dot(column, bottom - 1, FRAME);
        }
        for row in y.max(0)..bottom {
            self.dot(x, row, FRAME);
            self.dot(right - 1, row, FRAME);
        }
    }

    fn label(&mut self, x: i64, y: i64, text: &str) {
        let count = i64::try_from(text.len()).unwrap_or_default();
        let (x, y) = (x.max(0), y.max(0));
        let step = (LETTER.0 + 1) * POINT;
        for row in 0..(LETTER.1 + 2) * POINT {
            for column in 0..count * step + POINT {
                self.dot(x + column, y + row, FRAME);
            }
        }
        for (place, c) in (0..).zip(text.chars()) {
            let number = c.to_digit(10).map_or(0, |digit| digit + 1);
            let letter = usize::try_from(number).ok().and_then(|at| LETTERS.get(at));
            for (row, bits) in (0..).zip(letter.into_iter().flatten()) {
                self.letter_row((x + POINT + place * step, y + (row + 1) * POINT), *bits);
            }
        }
    }

    fn letter_row(&mut self, (x, y): (i64, i64), bits: u8) {
        for column in 0..LETTER.0 * POINT {
            for row in 0..POINT {
                if bits & (4 >> (column / POINT)) != 0 {
                    self.dot(x + column, y + row, LABEL);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn white(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgb);
        let pixels = vec![255; (width * height * 3) as usize];
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        drop(writer);
        out
    }

    #[test]
    fn a_frame_and_its_ref_are_drawn_where_the_element_is_and_nowhere_outside() {
        let area = Rect {
            x: 100.0,
            y: 0.0,
            width: 40.0,
            height: 30.0,
        };
        let at = |x: f64, y: f64| Rect {
            x,
            y,
            width: 30.0,
            height: 20.0,
        };
        let marks = [(Ref(10), at(105.0, 5.0)), (Ref(7), at(-900.0, 4000.0))];
        let drawn = mark(&white(40, 30), area, &marks).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(&drawn)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let pixel = |x: usize, y: usize| &pixels[(y * 40 + x) * 3..][..3];
        assert_eq!(pixel(34, 15), FRAME);
        assert_eq!(pixel(20, 24), FRAME);
        assert_eq!(pixel(33, 20), [255; 3]);
        assert_eq!(pixel(0, 0), [255; 3]);
        assert!(mark(b"no picture", area, &marks).is_err());
    }
}
