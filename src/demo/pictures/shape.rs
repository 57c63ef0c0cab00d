//! Outlines on the design grid of 1600 × 1200.

use tiny_skia::{Path, PathBuilder, Rect};

/// Width of the design grid.
pub const GRID_WIDTH: f32 = 1600.0;
/// Height of the design grid.
pub const GRID_HEIGHT: f32 = 1200.0;

/// An outline; an empty or degenerate one paints nothing.
#[derive(Debug, Clone)]
pub struct Shape(pub(super) Option<Path>);

impl Shape {
    /// What the builder holds.
    pub fn from_builder(builder: PathBuilder) -> Self {
        Self(builder.finish())
    }

    /// Adds the outline to a builder.
    pub fn push_to(&self, builder: &mut PathBuilder) {
        if let Self(Some(path)) = self {
            builder.push_path(path);
        }
    }

    /// Both outlines as one shape.
    pub fn and(&self, other: &Self) -> Self {
        let mut builder = PathBuilder::new();
        self.push_to(&mut builder);
        other.push_to(&mut builder);
        Self(builder.finish())
    }

    /// An ellipse.
    pub fn oval(centre_x: f32, centre_y: f32, radius_x: f32, radius_y: f32) -> Self {
        Self(
            Rect::from_ltrb(
                centre_x - radius_x,
                centre_y - radius_y,
                centre_x + radius_x,
                centre_y + radius_y,
            )
            .and_then(PathBuilder::from_oval),
        )
    }

    /// A rectangle from its top left corner.
    pub fn rect(left: f32, top: f32, width: f32, height: f32) -> Self {
        Self(Rect::from_xywh(left, top, width, height).map(PathBuilder::from_rect))
    }

    /// The whole grid and a margin around it.
    pub fn sheet() -> Self {
        Self::rect(-GRID_WIDTH, -GRID_HEIGHT, GRID_WIDTH * 3.0, GRID_HEIGHT * 3.0)
    }

    /// A rectangle with round corners.
    pub fn round_rect(left: f32, top: f32, width: f32, height: f32, radius: f32) -> Self {
        let (right, bottom) = (left + width, top + height);
        let pull = radius * 0.447_7;
        let mut builder = PathBuilder::new();
        builder.move_to(left + radius, top);
        builder.line_to(right - radius, top);
        builder.cubic_to(right - pull, top, right, top + pull, right, top + radius);
        builder.line_to(right, bottom - radius);
        builder.cubic_to(right, bottom - pull, right - pull, bottom, right - radius, bottom);
        builder.line_to(left + radius, bottom);
        builder.cubic_to(left + pull, bottom, left, bottom - pull, left, bottom - radius);
        builder.line_to(left, top + radius);
        builder.cubic_to(left, top + pull, left + pull, top, left + radius, top);
        builder.close();
        Self(builder.finish())
    }

    /// Straight lines through the points, closed.
    pub fn polygon(points: &[(f32, f32)]) -> Self {
        let mut builder = PathBuilder::new();
        for (index, point) in points.iter().enumerate() {
            if index == 0 {
                builder.move_to(point.0, point.1);
            } else {
                builder.line_to(point.0, point.1);
            }
        }
        builder.close();
        Self(builder.finish())
    }

    /// Two straight lines that meet in a corner, open.
    pub fn corner(from: (f32, f32), corner: (f32, f32), to: (f32, f32)) -> Self {
        let mut builder = PathBuilder::new();
        builder.move_to(from.0, from.1);
        builder.line_to(corner.0, corner.1);
        builder.line_to(to.0, to.1);
        Self(builder.finish())
    }

    /// A smooth open curve through the points.
    pub fn curve(points: &[(f32, f32)]) -> Self {
        let mut builder = PathBuilder::new();
        let at = |index: usize| points[index.min(points.len() - 1)];
        builder.move_to(at(0).0, at(0).1);
        for index in 0..points.len().saturating_sub(1) {
            let here = at(index);
            let (before, next, after) = (at(index.saturating_sub(1)), at(index + 1), at(index + 2));
            builder.cubic_to(
                here.0 + (next.0 - before.0) / 6.0,
                here.1 + (next.1 - before.1) / 6.0,
                next.0 - (after.0 - here.0) / 6.0,
                next.1 - (after.1 - here.1) / 6.0,
                next.0,
                next.1,
            );
        }
        Self(builder.finish())
    }
}
