package card_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

func TestPictures(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		for _, dark := range []bool{false, true} {
			theme := map[bool]string{false: "light", true: "dark"}[dark]
			p := card.NewPainter(card.Look{Dark: dark, Texts: texts(t, language), Tickets: true}, card.Actions{
				Category: func(string) {}, Note: func(string) {}, Show: func(string) {},
			})
			for _, pic := range pictures {
				golden(t, fmt.Sprintf("%s-%s-%s", pic.name, language, theme), p.Paint(pic.card, 1))
			}
			golden(t, fmt.Sprintf("more-%s-%s", language, theme), p.PaintMore(3, 1))
		}
	}
}

func TestScaledPicture(t *testing.T) {
	p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, card.Actions{})
	golden(t, "made-scale2", p.Paint(with(made), 2))
	golden(t, "incoming-scale1.5", p.Paint(known(), 1.5))
}

func TestHoveredPicture(t *testing.T) {
	p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, card.Actions{})
	m := with(several)
	p.Paint(m, 1)
	x, y := find(t, p, "customer olga")
	p.Tap(x, y)
	x, y = find(t, p, "ok")
	if !p.Hover(x, y, true) {
		t.Error("no change when hovering OK")
	}
	golden(t, "several-chosen-hover", p.Repaint(1))
}

// Tips of hovered and focused zones, and the focus ring.
func TestTipPictures(t *testing.T) {
	noted := with(func(m *model.Card) {
		before(m, 26*time.Hour)
		m.Call.Caller.Category = protocol.Category{
			Color: protocol.Red, Author: "Anna Petrova", Changed: nine,
			Comment: "Insults the operators. Say politely that calls are recorded, and hand over to the head of the " +
				"shift at once if it goes on; do not argue. His colleague Olga is to be called back instead.",
		}
	})
	for _, language := range []string{"en", "ru"} {
		for _, dark := range []bool{false, true} {
			theme := map[bool]string{false: "light", true: "dark"}[dark]
			p := card.NewPainter(card.Look{Dark: dark, Texts: texts(t, language), Tickets: true}, card.Actions{
				Category: func(string) {}, Note: func(string) {},
			})
			p.Paint(noted, 1)
			x, y := find(t, p, "category")
			p.Hover(x, y, true)
			if !p.Card.ShowTip() {
				t.Fatal("the category has no tip")
			}
			golden(t, fmt.Sprintf("tip-%s-%s", language, theme), p.Repaint(1))
			p.Hover(0, 0, false)
			p.Card.Keyboard(true)
			golden(t, fmt.Sprintf("keyboard-%s-%s", language, theme), p.Repaint(1))
		}
	}
}

func TestFoldedPictures(t *testing.T) {
	for name, m := range map[string]model.Card{
		"folded": known(), "folded_warning": warn(model.TitlePBXDown, "main", "No answer from the PBX."),
	} {
		for _, dark := range []bool{false, true} {
			p := card.NewPainter(card.Look{Dark: dark, Texts: texts(t, "en")}, card.Actions{})
			p.Card.Fold(true)
			suffix := "-light"
			if dark {
				suffix = "-dark"
			}
			golden(t, name+suffix, p.Paint(m, 1))
		}
	}
}

func TestHighContrastPictures(t *testing.T) {
	for _, dark := range []bool{false, true} {
		theme := map[bool]string{false: "light", true: "dark"}[dark]
		p := card.NewPainter(card.Look{Dark: dark, Contrast: true, Texts: texts(t, "en"), Tickets: true}, card.Actions{
			Category: func(string) {},
		})
		for _, pic := range pictures {
			switch pic.name {
			case "incoming", "several", "tickets_many", "made", "failed", "warn_missed", "previous", "pbx_down":
				golden(t, fmt.Sprintf("%s-high-%s", pic.name, theme), p.Paint(pic.card, 1))
			}
		}
	}
}

// The spinner turns and returns to its first position.
func TestSpinnerTurns(t *testing.T) {
	p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, card.Actions{})
	m := with(func(m *model.Card) { answered(m); m.Press.State = model.Pressed })
	first := p.Paint(m, 1)
	if !p.Card.Waiting() {
		t.Fatal("Waiting is false after OK")
	}
	first = &image.NRGBA{Pix: bytes.Clone(first.Pix), Stride: first.Stride, Rect: first.Rect}
	for i := range 8 {
		p.Card.Spin()
		if same := bytes.Equal(first.Pix, p.Repaint(1).Pix); same != (i == 7) {
			t.Errorf("after %d of 8 turns, same picture as the first: %v", i+1, same)
		}
	}
	p.Paint(known(), 1)
	if p.Card.Waiting() {
		t.Error("Waiting is true without a press")
	}
}

// small reduces the colours, so that the files are smaller.
func small(img *image.NRGBA) image.Image {
	out := image.NewNRGBA(img.Bounds())
	for i, v := range img.Pix {
		out.Pix[i] = uint8(min(255, (int(v)+4)/8*8))
	}
	return out
}

func golden(t *testing.T, name string, img *image.NRGBA) {
	t.Helper()
	file := filepath.Join("testdata", name+".png")
	if *update {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small(img)); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != img.Bounds() {
		t.Errorf("%s is %v, golden %v", name, img.Bounds(), want.Bounds())
		return
	}
	// The pictures have reduced colours, and rasterisers round differently on other processors:
	// tolerate a few levels and a few edge pixels.
	different := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r1, g1, b1, a1 := want.At(x, y).RGBA()
			r2, g2, b2, a2 := img.At(x, y).RGBA()
			for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2), int(a1) - int(a2)} {
				if d > 0x0800 || d < -0x0800 {
					different++
					break
				}
			}
		}
	}
	if different > 20 {
		t.Errorf("%s: %d pixels differ from the golden picture", name, different)
	}
}
