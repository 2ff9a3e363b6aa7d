package card

import (
	"fmt"
	"math"
	"time"

	"traybell/desktop/model"
)

// SpinInterval is the time between two of the eight positions of the spinner.
const SpinInterval = 120 * time.Millisecond

// Waiting reports whether the card shows a spinner, which needs a Spin every SpinInterval.
func (c *Card) Waiting() bool {
	return c.more == 0 && c.look.Tickets && c.model.Press.State == model.Pressed && c.model.Kind != model.Warn &&
		!c.finished()
}

// Spin turns the spinner by one position.
func (c *Card) Spin() {
	c.turn = (c.turn + 1) % 8
	c.draw()
}

// spinner is a rotating circle with a gap.
func spinner(turn int) string {
	const r = 7.5
	at := func(angle float64) string {
		angle += float64(turn) * math.Pi / 4
		return fmt.Sprintf("%.2f %.2f", 12+r*math.Cos(angle), 12+r*math.Sin(angle))
	}
	// Three quarter arcs: the rasteriser draws large arcs badly.
	path := "M" + at(0)
	for i := 1; i <= 3; i++ {
		a, b := float64(i-1)*math.Pi/2, float64(i)*math.Pi/2
		k := 4.0 / 3 * math.Tan(math.Pi/8) // handle length of a quarter circle
		turned := func(angle, along float64) string {
			angle += float64(turn) * math.Pi / 4
			return fmt.Sprintf("%.2f %.2f", 12+r*(math.Cos(angle)-along*math.Sin(angle)),
				12+r*(math.Sin(angle)+along*math.Cos(angle)))
		}
		path += " C" + turned(a, k) + " " + turned(b, -k) + " " + at(b)
	}
	return `<path d="` + path + `" fill="none" stroke="C" stroke-width="2.4" stroke-linecap="round"/>`
}
