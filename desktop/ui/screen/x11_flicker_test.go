//go:build linux

package screen_test

import (
	"context"
	"image"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform/xtest"
	"traybell/shared/protocol"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// onlooker is another client of the X server that watches windows and reads pictures.
type onlooker struct {
	t              *testing.T
	c              *xgb.Conn
	root           xproto.Window
	mapped, unmapd atomic.Int64
}

func watchRoot(t *testing.T) *onlooker {
	t.Helper()
	c, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	o := &onlooker{t: t, c: c, root: xproto.Setup(c).DefaultScreen(c).Root}
	if err := xproto.ChangeWindowAttributesChecked(c, o.root, xproto.CwEventMask, []uint32{
		xproto.EventMaskSubstructureNotify,
	}).Check(); err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			event, err := c.WaitForEvent()
			switch event.(type) {
			case xproto.MapNotifyEvent:
				o.mapped.Add(1)
			case xproto.UnmapNotifyEvent:
				o.unmapd.Add(1)
			}
			if event == nil && err == nil {
				return
			}
		}
	})
	t.Cleanup(func() { c.Close(); ended.Wait() })
	return o
}

// strip reads a part of the screen, four bytes per pixel: blue, green, red, unused.
func (o *onlooker) strip(r image.Rectangle) []byte {
	reply, err := xproto.GetImage(o.c, xproto.ImageFormatZPixmap, xproto.Drawable(o.root), int16(r.Min.X),
		int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0xffffffff).Reply()
	if err != nil {
		o.t.Fatal(err)
	}
	return reply.Data
}

// TestUpdateDoesNotFlicker updates a call a hundred times with cards of different sizes and reads
// the screen all the time: the window is never hidden, and its area always shows the card.
func TestUpdateDoesNotFlicker(t *testing.T) {
	d := xtest.Start(t, "1600x900x24")
	d.Run("xsetroot", "-solid", "#ff00ff")
	o := watchRoot(t)
	_, p, h := present(t, nil)

	bare := ringing(1)
	bare.Call.Caller = protocol.Caller{Status: protocol.Looking}
	bare.Call.Line.Comment = ""
	known := ringing(1)
	known.Since = bare.Since
	made := known
	made.Press = model.Press{
		State: model.Made, Ticket: protocol.Ticket{Number: "2026030210000017", URL: "https://desk/1"},
	}
	versions := []model.Card{bare, known, made, known}

	p.SetCards([]model.Card{bare})
	xtest.Until(t, "the popup", func() bool { return h.has("shown main:1") })
	// The card's left edge inside the border, which never has text. Its lowest 80 pixels belong to
	// every version.
	edge := image.Rect(1600-12-392+3, 900-12-100, 1600-12-392+7, 900-12-20)
	var surface [3]byte
	xtest.Until(t, "the popup's pixels", func() bool {
		px := o.strip(edge)
		surface = [3]byte{px[0], px[1], px[2]}
		return surface == [3]byte{255, 255, 255}
	})
	maps, unmaps := o.mapped.Load(), o.unmapd.Load()

	const rounds = 100
	var frames, torn int
	heights := map[int]bool{}
	var updates atomic.Int32
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(15 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ctx.Err() == nil; i++ {
			p.SetCards([]model.Card{versions[i%len(versions)]})
			updates.Add(1)
			<-tick.C
		}
	}()
	// Some sizes do not get to the screen of a busy computer each time.
	for ctx.Err() == nil && (updates.Load() < rounds || frames < rounds || len(heights) < 3) {
		px := o.strip(edge)
		for i := 0; i+3 < len(px); i += 4 {
			if [3]byte{px[i], px[i+1], px[i+2]} != surface {
				torn++
				break
			}
		}
		column := o.strip(image.Rect(edge.Min.X, 0, edge.Min.X+1, 900))
		top := 0
		for 4*top+2 < len(column) && [3]byte{column[4*top], column[4*top+1], column[4*top+2]} == [3]byte{255, 0, 255} {
			top++
		}
		heights[900-12-top] = true
		if margin := column[4*(900-6):]; [3]byte{margin[0], margin[1], margin[2]} != [3]byte{255, 0, 255} {
			torn++ // it overlaps the margin
		}
		frames++
	}
	stop()
	<-ended
	t.Logf("%d pictures, heights %v", frames, heights)
	if frames < rounds || len(heights) < 3 {
		t.Errorf("only %d pictures of %d heights", frames, len(heights))
	}
	if torn > 0 {
		t.Errorf("%d of %d pictures are torn", torn, frames)
	}
	if o.mapped.Load() != maps || o.unmapd.Load() != unmaps {
		t.Errorf("windows were shown %d times and hidden %d times during the call", o.mapped.Load()-maps,
			o.unmapd.Load()-unmaps)
	}
}
