//! A text as the picture of a QR code.

use png::{BitDepth, ColorType, Encoder, EncodingError};
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};

/// A text that cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum Undrawable {
    /// It is too long.
    #[error("the code does not fit into a picture")]
    Code(#[from] QrError),
    /// The picture cannot be written.
    #[error("the picture cannot be written")]
    Picture(#[from] EncodingError),
}

/// Pixels a module, along each side.
const SCALE: usize = 4;
/// Modules of white around it that readers need.
const QUIET: usize = 4;

/// Draws `text`: black on white, one bit a pixel.
pub(crate) fn png(text: &str) -> Result<Vec<u8>, Undrawable> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let stride = side.div_ceil(8);
    let mut rows = vec![0xff_u8; side * stride];
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Light {
            continue;
        }
        let (left, top) = ((at % modules + QUIET) * SCALE, (at / modules + QUIET) * SCALE);
        for y in top..top + SCALE {
            for x in left..left + SCALE {
                rows[y * stride + x / 8] &= !(0x80 >> (x % 8));
            }
        }
    }
    let mut png = Vec::new();
    // A QR code has at most 177 modules.
    let pixels = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(&mut png, pixels, pixels);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rows)?;
    writer.finish()?;
    Ok(png)
}
