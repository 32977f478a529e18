//! Takes pictures of the page, of all of it or of one element, with the refs drawn where asked, and
//! prints it as a PDF. The refs are drawn into the picture, never into the page.

use chromiumoxide::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, GetLayoutMetricsParams, PrintToPdfParams,
    Viewport,
};

use super::click::Over;
use super::{Acted, DEPTH_MAX, Place, Target, Trouble, refuse};
use crate::action::{Outcome, Output, Rect, Ref, Shot};
use crate::browser::error::Error;
use crate::browser::{Browser, decoded, drawing, world};
use crate::deadline::Deadline;

/// Highest picture of a whole page, in CSS pixels; Chromium draws no higher ones.
const HEIGHT_MAX: f64 = 16_000.0;

/// What a picture shows, in CSS pixels of the document.
#[derive(Debug, Clone, Copy)]
struct Clip {
    area: Rect,
    /// How far the page is scrolled.
    scrolled: (f64, f64),
}

impl Browser {
    /// Takes the picture.
    pub(super) async fn shoot(&mut self, shot: &Shot, deadline: &Deadline) -> Acted {
        let (what, clip) = match shot.target {
            Some(name) => {
                let target = self.target(name, deadline).await?;
                let (who, area) = self.area(&target, deadline).await?;
                (who, self.clip(Some(area), deadline).await?)
            }
            None if shot.full => (
                "the whole page".to_owned(),
                self.clip(None, deadline).await?,
            ),
            None => ("the page".to_owned(), self.clip_sight(deadline).await?),
        };
        let is_partial = shot.full || shot.target.is_some();
        let params = CaptureScreenshotParams {
            format: Some(CaptureScreenshotFormat::Png),
            optimize_for_speed: Some(true),
            capture_beyond_viewport: is_partial.then_some(true),
            clip: is_partial.then(|| viewport(clip.area)),
            ..CaptureScreenshotParams::default()
        };
        let mut png = self.capture(params, deadline).await?;
        let mut summary = format!("took a picture of {what}");
        if shot.refs {
            let marks = self.marks(clip, deadline).await?;
            let count = marks.len();
            png = drawing::mark(&png, clip.area, &marks).map_err(|problem| {
                Trouble::tell(
                    format!("the refs can't be drawn: {problem}"),
                    "take it without",
                )
            })?;
            summary = format!("{summary} with {count} refs");
        }
        Ok(Outcome::done(summary).with(Output::Picture(png)))
    }

    /// Prints the page.
    pub(super) async fn print(&mut self, deadline: &Deadline) -> Acted {
        let session = self.session()?;
        let params = PrintToPdfParams {
            print_background: Some(true),
            prefer_css_page_size: Some(true),
            ..PrintToPdfParams::default()
        };
        let printed = self.driver.call(Some(&session), params, deadline).await?;
        let pdf = decoded("Page.printToPDF", printed.data.as_ref())?;
        let summary = format!("printed the page, {} bytes", pdf.len());
        Ok(Outcome::done(summary).with(Output::Pdf(pdf)))
    }

    /// Finds the box of an element in the top viewport.
    async fn area(
        &mut self,
        target: &Target,
        deadline: &Deadline,
    ) -> Result<(String, Rect), Trouble> {
        let script = format!("__legwork.area({})", target.number);
        let found: Place = self.ask(target, script, deadline).await?;
        if found.refusal.no.is_some() {
            return Err(refuse(target, &found.refusal));
        }
        let (mut x, mut y) = (found.x, found.y);
        let mut inner = target.here.frame.clone();
        for _ in 0..DEPTH_MAX {
            let Some((host, number)) = self.host_of(&inner) else {
                break;
            };
            let outer = self.worlds.enter(&self.driver, &host, deadline).await?;
            let script = format!("__legwork.over({number}, {x}, {y})");
            let over: Over = world::ask(&self.driver, &outer, script, deadline).await?;
            (x, y) = (over.x, over.y);
            inner = host.id;
        }
        let area = Rect {
            x,
            y,
            width: found.width,
            height: found.height,
        };
        Ok((found.refusal.name, area))
    }

    /// Turns a box of the viewport, or the whole page, into one of the document.
    async fn clip(&self, area: Option<Rect>, deadline: &Deadline) -> Result<Clip, Error> {
        let session = self.session()?;
        let metrics = GetLayoutMetricsParams::default();
        let metrics = self.driver.call(Some(&session), metrics, deadline).await?;
        let view = metrics.css_visual_viewport;
        let size = metrics.css_content_size;
        let scrolled = (view.page_x, view.page_y);
        let whole = Rect {
            x: 0.0,
            y: 0.0,
            width: size.width,
            height: size.height.min(HEIGHT_MAX),
        };
        let area = area.map_or(whole, |area| Rect {
            x: area.x + scrolled.0,
            y: area.y + scrolled.1,
            height: area.height.min(HEIGHT_MAX),
            ..area
        });
        Ok(Clip { area, scrolled })
    }

    /// What is in sight.
    async fn clip_sight(&self, deadline: &Deadline) -> Result<Clip, Error> {
        let session = self.session()?;
        let metrics = GetLayoutMetricsParams::default();
        let metrics = self.driver.call(Some(&session), metrics, deadline).await?;
        let view = metrics.css_visual_viewport;
        let area = Rect {
            x: view.page_x,
            y: view.page_y,
            width: view.client_width,
            height: view.client_height,
        };
        Ok(Clip {
            area,
            scrolled: (view.page_x, view.page_y),
        })
    }

    /// What can be worked within the picture, in CSS pixels of the document.
    async fn marks(&mut self, clip: Clip, deadline: &Deadline) -> Result<Vec<(Ref, Rect)>, Error> {
        let page = self.observe(deadline).await?;
        let marks = page.nodes.iter().filter_map(|node| {
            let (name, rect) = (node.r#ref?, node.rect?);
            let at = Rect {
                x: rect.x + clip.scrolled.0,
                y: rect.y + clip.scrolled.1,
                ..rect
            };
            let overlaps = at.x < clip.area.x + clip.area.width
                && at.y < clip.area.y + clip.area.height
                && at.x + at.width > clip.area.x
                && at.y + at.height > clip.area.y;
            (node.state.interactive && !node.state.covered && overlaps).then_some((name, at))
        });
        Ok(marks.collect())
    }
}

fn viewport(area: Rect) -> Viewport {
    Viewport {
        x: area.x,
        y: area.y,
        width: area.width.max(1.0),
        height: area.height.max(1.0),
        scale: 1.0,
    }
}
