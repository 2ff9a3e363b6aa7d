package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// placeholder is a variable in a link. shared/link checks its name.
var placeholder = regexp.MustCompile(`<PIM_[A-Za-z_]*>`)

func (k checker) desktop() {
	d := &k.c.Desktop
	k.OneOf("desktop.language", d.Language, "", "en", "ru")
	k.OneOf("desktop.updates", d.Updates, UpdatesOff, UpdatesNotify, UpdatesInstall)
	for name, p := range map[string]Popup{
		"incoming": d.Popups.Incoming, "answer": d.Popups.Answer, "warning": d.Popups.Warning,
	} {
		at := "desktop.popups." + name
		check.Between(k, at+".appear", p.Appear, 0, 60_000)
		check.Between(k, at+".show", p.Show, 0, 86_400_000)
		check.Between(k, at+".disappear", p.Disappear, 0, 60_000)
	}
	for name, link := range map[string]string{"cid": d.Links.CID, "map": d.Links.Map, "ticket": d.Links.Ticket} {
		if link != "" {
			k.Page("desktop.links."+name, placeholder.ReplaceAllString(link, "x"))
		}
	}
	settings := document.Leaves(reflect.TypeFor[Desktop]())
	var locked []string
	for i, key := range d.Locked {
		before := len(locked)
		for _, leaf := range settings {
			if leaf != "locked" && (leaf == key || strings.HasPrefix(leaf, key+".")) && !slices.Contains(locked, leaf) {
				locked = append(locked, leaf)
			}
		}
		if len(locked) == before && !slices.Contains(locked, key) {
			k.Complain(fmt.Sprintf("desktop.locked[%d]", i), "`desktop` has no key %s%s", document.Quote(key),
				document.DidYouMean(key, settings))
		}
	}
	d.Locked = locked
}
