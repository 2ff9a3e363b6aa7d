package native

import "fyne.io/fyne/v2"

// properties are what a window only keeps, and what Fyne asks for in vain: these windows have no$
// menu and no full screen.
type properties struct {
	icon      fyne.Resource
	fixed     bool
	intercept func() // instead of closing
	onClosed  func()
}

func (*properties) FullScreen() bool { return false }

func (*properties) SetFullScreen(bool) {}

func (p *properties) FixedSize() bool { return p.fixed }

func (p *properties) SetFixedSize(fixed bool) { p.fixed = fixed }

func (p *properties) Icon() fyne.Resource { return p.icon }

func (p *properties) SetIcon(icon fyne.Resource) { p.icon = icon }

func (*properties) SetMaster() {}

func (*properties) MainMenu() *fyne.MainMenu { return nil }

func (*properties) SetMainMenu(*fyne.MainMenu) {}

func (p *properties) SetOnClosed(f func()) { p.onClosed = f }

func (p *properties) SetCloseIntercept(f func()) { p.intercept = f }

func (*properties) SetOnDropped(func(fyne.Position, []fyne.URI)) {}
