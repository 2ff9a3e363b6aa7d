// Package within gives what Fyne's drivers use inside Fyne's module to a driver outside it. It is a
// separate module, below Fyne's path, because Go lets nothing else import Fyne's internal
// packages.
package within

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/internal"
	"fyne.io/fyne/v2/internal/animation"
	"fyne.io/fyne/v2/internal/app"
	"fyne.io/fyne/v2/internal/async"
	"fyne.io/fyne/v2/internal/cache"
	"fyne.io/fyne/v2/internal/driver"
	"fyne.io/fyne/v2/internal/painter"
	"fyne.io/fyne/v2/internal/painter/software"
	intrepository "fyne.io/fyne/v2/internal/repository"
	"fyne.io/fyne/v2/storage/repository"
)

// Animations runs animations, a step at each call of TickAnimations.
type Animations = animation.Runner

// NewPreferences returns preferences that last as long as the program.
func NewPreferences() fyne.Preferences { return internal.NewInMemoryPreferences() }

// Start makes the calling goroutine Fyne's and registers files for dialogs.
func Start() {
	async.SetMainGoroutine()
	repository.Register("file", intrepository.NewFileRepository())
}

// Paint paints a canvas without its background.
func Paint(c fyne.Canvas) *image.NRGBA {
	return software.NewPainter().Paint(c).(*image.NRGBA)
}

// TextSize measures a text.
func TextSize(text string, size float32, style fyne.TextStyle, source fyne.Resource) (fyne.Size, float32) {
	return painter.RenderedTextSize(text, size, style, source)
}

// Canvas returns the canvas that an object was last laid out in, or nil.
func Canvas(o fyne.CanvasObject) fyne.Canvas { return cache.GetCanvasForObject(o) }

// SetCanvas sets the canvas of an object and calls added if it had another.
func SetCanvas(o fyne.CanvasObject, c fyne.Canvas, added func()) {
	cache.SetCanvasForObject(o, c, added)
}

// Clean frees what no object has used lately. Call it after a canvas was painted.
func Clean() { cache.Clean(true) }

// Forget frees what a canvas no longer shows.
func Forget(c fyne.Canvas) { cache.CleanCanvas(c) }

// Clips reports whether an object hides what is outside it.
func Clips(o fyne.CanvasObject) bool { return driver.IsClip(o) }

// Renderer returns the renderer of a widget.
func Renderer(w fyne.Widget) fyne.WidgetRenderer { return cache.Renderer(w) }

// Position returns the position of an object within trees, zero if it is in none.
func Position(o fyne.CanvasObject, trees []fyne.CanvasObject) fyne.Position {
	return driver.AbsolutePositionForObject(o, trees)
}

// ObjectAt returns the innermost visible object at a position that matches, and the position inside
// it. With an overlay it searches only there.
func ObjectAt(at fyne.Position, matches func(fyne.CanvasObject) bool, overlay, content fyne.CanvasObject) (
	fyne.CanvasObject, fyne.Position,
) {
	o, inside, _ := driver.FindObjectAtPositionMatching(at, matches, overlay, content)
	return o, inside
}

// Walk calls after for each visible object, children first.
func Walk(tree fyne.CanvasObject, after func(o, parent fyne.CanvasObject)) {
	driver.WalkVisibleObjectTree(tree, nil, func(o fyne.CanvasObject, _ fyne.Position, parent fyne.CanvasObject) {
		after(o, parent)
	})
}

// ApplySettings shows a changed theme in all windows of the app.
func ApplySettings(a fyne.App) {
	painter.ClearFontCache()
	cache.ResetThemeCaches()
	app.ApplySettings(a.Settings(), a)
}

// Storage is the storage of an app that has none.
type Storage struct{ internal.Docs }

// RootURI returns nil.
func (*Storage) RootURI() fyne.URI { return nil }
