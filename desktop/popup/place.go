package popup

import "image"

// Corner is the corner of the work area where the stack begins.
type Corner string

// The corners, named as in the settings.
const (
	BottomRight Corner = "bottom-right"
	BottomLeft  Corner = "bottom-left"
	TopRight    Corner = "top-right"
	TopLeft     Corner = "top-left"
)

// Valid reports whether the corner is one of the four.
func (c Corner) Valid() bool {
	return c == BottomRight || c == BottomLeft || c == TopRight || c == TopLeft
}

func (c Corner) left() bool { return c == BottomLeft || c == TopLeft }
func (c Corner) top() bool  { return c == TopLeft || c == TopRight }

// Stack places pictures of the given sizes along the edge, from the corner on: sizes[0] is nearest
// to it. Margin is the distance to the work area's edges, gap the one between two pictures, all in
// pixels. The result holds as many pictures as fit whole. The first is always placed, without the
// margin where the area is too small for it, and never begins outside the area.
//
// Pictures that have a place keep it: kept[i] is the distance from the corner's edge that From
// returns; 0 and indexes beyond kept mean that there is no place yet. A place that becomes free
// stays empty. A picture moves away from the corner only where a nearer one grows over it.
func Stack(work image.Rectangle, corner Corner, margin, gap int, sizes []image.Point, kept []int) []image.Rectangle {
	placed := make([]image.Rectangle, 0, len(sizes))
	used := margin
	for i, size := range sizes {
		if i < len(kept) {
			used = max(used, kept[i])
		}
		if i > 0 && used+size.Y+margin > work.Dy() {
			break
		}
		at := image.Pt(work.Max.X-margin-size.X, work.Max.Y-used-size.Y)
		if corner.left() {
			at.X = work.Min.X + margin
		}
		if corner.top() {
			at.Y = work.Min.Y + used
		}
		at = clamp(at, size, work)
		placed = append(placed, image.Rectangle{Min: at, Max: at.Add(size)})
		used += size.Y + gap
	}
	return placed
}

// From is the distance of a placed picture from the edge where the stack begins.
func From(work image.Rectangle, corner Corner, placed image.Rectangle) int {
	if corner.top() {
		return placed.Min.Y - work.Min.Y
	}
	return work.Max.Y - placed.Max.Y
}

// clamp moves a rectangle into the area; a larger one begins at the upper left.
func clamp(at, size image.Point, area image.Rectangle) image.Point {
	at.X = max(min(at.X, area.Max.X-size.X), area.Min.X)
	at.Y = max(min(at.Y, area.Max.Y-size.Y), area.Min.Y)
	return at
}

// Screen is a monitor to choose from.
type Screen struct {
	Name    string
	Primary bool
	Pointer bool // the pointer is on it
}

// Choose returns the index of the monitor for a stack: the wanted one, else the current one (a
// name, while popups are up), else the one with the pointer, the primary one, the first. Names of
// missing monitors are skipped. Without monitors it returns -1.
func Choose(screens []Screen, wanted, current string) int {
	for _, name := range []string{wanted, current} {
		for i, s := range screens {
			if name != "" && s.Name == name {
				return i
			}
		}
	}
	for i, s := range screens {
		if s.Pointer {
			return i
		}
	}
	for i, s := range screens {
		if s.Primary {
			return i
		}
	}
	return min(0, len(screens)-1)
}
