// Package tray is a system tray without a panel, for tests of tray icons.
package tray

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Host starts a session bus with a tray, as panels implement it (org.kde.StatusNotifierWatcher). It
// returns the bus's address and ends with ctx.
func Host(ctx context.Context) (string, error) {
	address, _, err := Watch(ctx)
	return address, err
}

// Watch is like Host. items receives the bus name of each new icon.
func Watch(ctx context.Context) (address string, items <-chan string, err error) {
	if address, err = Bus(ctx); err != nil {
		return "", nil, err
	}
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return "", nil, err
	}
	w := watcher{items: make(chan string, 16)}
	if err := conn.Export(w, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"); err != nil {
		return "", nil, err
	}
	reply, err := conn.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue)
	if err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
		err = errors.New("the bus already has a tray")
	}
	return address, w.items, err
}

// Bus starts an empty session bus. It ends with ctx.
func Bus(ctx context.Context) (address string, err error) {
	cmd := exec.CommandContext(ctx, "dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start session bus: %w", err)
	}
	go func() { <-ctx.Done(); _ = cmd.Wait() }()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return "", errors.New("the session bus did not start")
	}
	return lines.Text(), nil
}

type watcher struct{ items chan string }

// RegisterStatusNotifierItem implements org.kde.StatusNotifierWatcher.
func (w watcher) RegisterStatusNotifierItem(sender dbus.Sender, _ string) *dbus.Error {
	select {
	case w.items <- string(sender):
	default:
	}
	return nil
}

// Item is an icon in the tray, read over D-Bus as KDE's panel does.
type Item struct {
	conn *dbus.Conn
	name string
}

// Open opens the icon with a bus name.
func Open(ctx context.Context, address, name string) (Item, error) {
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	return Item{conn, name}, err
}

// Tooltip is the icon's tooltip.
func (i Item) Tooltip() (string, error) {
	v, err := i.property("ToolTip")
	if err != nil {
		return "", err
	}
	var tip struct {
		Icon        string
		Pixmaps     []Pixmap
		Title, Text string
	}
	if err := dbus.Store([]any{v.Value()}, &tip); err != nil {
		return "", fmt.Errorf("read tooltip %v: %w", v, err)
	}
	return tip.Title, nil
}

// Pixmap is a picture with 32 bits per pixel (ARGB in network byte order).
type Pixmap struct {
	Width, Height int32
	Data          []byte
}

// Picture is the icon's picture.
func (i Item) Picture() (Pixmap, error) {
	v, err := i.property("IconPixmap")
	if err != nil {
		return Pixmap{}, err
	}
	var all []Pixmap
	if err := dbus.Store([]any{v.Value()}, &all); err != nil {
		return Pixmap{}, fmt.Errorf("read icon: %w", err)
	}
	if len(all) == 0 {
		return Pixmap{}, errors.New("the icon has no picture")
	}
	return all[0], nil
}

func (i Item) property(name string) (dbus.Variant, error) {
	return i.conn.Object(i.name, "/StatusNotifierItem").GetProperty("org.kde.StatusNotifierItem." + name)
}

// entry is a menu entry of com.canonical.dbusmenu.
type entry struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// Menu lists the titles of the menu's visible entries. Those of submenus are indented by two spaces.
func (i Item) Menu() ([]string, error) {
	_, root, err := i.layout()
	if err != nil {
		return nil, err
	}
	var titles []string
	err = walk(root, "", func(_ int32, title string) { titles = append(titles, title) })
	return titles, err
}

// Press activates the entry with a title.
func (i Item) Press(title string) error {
	menu, root, err := i.layout()
	if err != nil {
		return err
	}
	id := int32(-1)
	if err := walk(root, "", func(at int32, t string) {
		if strings.TrimSpace(t) == title {
			id = at
		}
	}); err != nil {
		return err
	}
	if id < 0 {
		return fmt.Errorf("no menu entry %q", title)
	}
	return menu.Call("com.canonical.dbusmenu.Event", 0, id, "clicked", dbus.MakeVariant(""), uint32(0)).Err
}

func (i Item) layout() (menu dbus.BusObject, root entry, err error) {
	v, err := i.property("Menu")
	if err != nil {
		return nil, root, err
	}
	path, _ := v.Value().(dbus.ObjectPath)
	menu = i.conn.Object(i.name, path)
	var revision uint32
	call := menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		return nil, root, fmt.Errorf("read menu at %s: %w", path, err)
	}
	return menu, root, nil
}

func walk(e entry, indent string, do func(id int32, title string)) error {
	for _, child := range e.Children {
		var c entry
		if err := dbus.Store([]any{child.Value()}, &c); err != nil {
			return fmt.Errorf("read menu entry %v: %w", child, err)
		}
		if visible, ok := c.Properties["visible"].Value().(bool); ok && !visible {
			continue
		}
		title, _ := c.Properties["label"].Value().(string)
		if kind, _ := c.Properties["type"].Value().(string); kind == "separator" {
			title = "—"
		}
		do(c.ID, indent+title)
		if err := walk(c, indent+"  ", do); err != nil {
			return err
		}
	}
	return nil
}
