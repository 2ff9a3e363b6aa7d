package popup

import (
	"image"
	"math/rand/v2"
	"testing"
)

func TestStackFits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	corners := []Corner{BottomRight, BottomLeft, TopRight, TopLeft}
	for range 20000 {
		min := image.Pt(r.IntN(8000)-4000, r.IntN(8000)-4000)
		work := image.Rectangle{Min: min, Max: min.Add(image.Pt(200+r.IntN(3000), 150+r.IntN(2000)))}
		sizes := make([]image.Point, 1+r.IntN(Limit))
		for i := range sizes {
			sizes[i] = image.Pt(1+r.IntN(work.Dx()), 1+r.IntN(work.Dy()))
		}
		corner, margin, gap := corners[r.IntN(4)], r.IntN(40), r.IntN(20)
		placed := Stack(work, corner, margin, gap, sizes, nil)
		if len(placed) == 0 || len(placed) > len(sizes) {
			t.Fatalf("%d of %d placed", len(placed), len(sizes))
		}
		for i, p := range placed {
			if p.Size() != sizes[i] {
				t.Fatalf("%v was given %v", sizes[i], p)
			}
			if !p.In(work) {
				t.Fatalf("%v is outside of %v: %s, margin %d", p, work, corner, margin)
			}
			for _, q := range placed[:i] {
				if p.Overlaps(q) {
					t.Fatalf("%v overlaps %v in %v: %s, margin %d, gap %d", p, q, work, corner, margin, gap)
				}
			}
			if i > 0 && corner.top() != (p.Min.Y > placed[i-1].Min.Y) {
				t.Fatalf("%s: %v does not follow %v away from the corner", corner, p, placed[i-1])
			}
		}
	}
}

func TestStackStartsAtCorner(t *testing.T) {
	work := image.Rect(1920, 40, 3840, 1040)
	sizes := []image.Point{{380, 200}, {380, 100}}
	for corner, want := range map[Corner][]image.Point{
		BottomRight: {{3448, 828}, {3448, 720}},
		BottomLeft:  {{1932, 828}, {1932, 720}},
		TopRight:    {{3448, 52}, {3448, 260}},
		TopLeft:     {{1932, 52}, {1932, 260}},
	} {
		got := Stack(work, corner, 12, 8, sizes, nil)
		for i := range want {
			if got[i].Min != want[i] {
				t.Errorf("%s: card %d at %v, want %v", corner, i, got[i].Min, want[i])
			}
		}
	}
}

func TestCardLargerThanScreen(t *testing.T) {
	work := image.Rect(0, 0, 300, 100)
	if got := Stack(work, BottomRight, 12, 8, []image.Point{{380, 200}, {10, 10}}, nil); len(got) != 1 ||
		got[0].Min != (image.Point{}) {
		t.Fatalf("placed %v", got)
	}
}

func TestChooseMonitor(t *testing.T) {
	left, right := Screen{Name: "left", Primary: true}, Screen{Name: "right", Pointer: true}
	for _, c := range []struct {
		name            string
		screens         []Screen
		wanted, current string
		want            int
	}{
		{"the pointer's", []Screen{left, right}, "", "", 1},
		{"the wanted one", []Screen{left, right}, "left", "", 0},
		{"the stack stays where it is", []Screen{left, right}, "", "left", 0},
		{"the one in use was unplugged", []Screen{left, right}, "", "gone", 1},
		{"the wanted one was unplugged", []Screen{left, right}, "gone", "", 1},
		{"meanwhile the stack stays where it went", []Screen{left, right}, "gone", "left", 0},
		{"the wanted one is there again", []Screen{left, right}, "right", "left", 1},
		{"unknown pointer", []Screen{{Name: "a"}, left}, "", "", 1},
		{"nothing known", []Screen{{Name: "a"}, {Name: "b"}}, "", "", 0},
		{"no monitor", nil, "x", "y", -1},
	} {
		if got := Choose(c.screens, c.wanted, c.current); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
