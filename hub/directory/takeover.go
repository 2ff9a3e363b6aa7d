package directory

import "slices"

// TakeOver gives a new directory the customers of an old one, for a reload. Sources are matched by
// name. Unchanged sources, for which same returns true, keep their schedule; others are read as
// soon as Run starts, and have their old customers until then. sameNumbers reports whether both
// parse numbers by the same rules.
//
// It must be called before Run and Refresh, after Run of the old directory has ended. The old
// directory can still be used by Find.
func (d *Directory) TakeOver(old *Directory, sameNumbers bool, same func(name string) bool) {
	from := old.index.Load()
	x := &index{seed: from.seed, tables: make([]*table, len(d.feeds))}
	for i, f := range d.feeds {
		name := f.Source.Name()
		j := slices.IndexFunc(old.feeds, func(o *feed) bool { return o.Source.Name() == name })
		if j < 0 || from.tables[j] == nil {
			continue
		}
		x.tables[i] = from.tables[j]
		o := old.feeds[j]
		o.mu.Lock()
		f.status, f.stamp, f.logged = o.status, o.stamp, o.logged
		f.restored = o.restored || !sameNumbers || !same(name)
		f.reparse = !sameNumbers
		o.mu.Unlock()
		if f.restored {
			f.status.LastError = ""
		}
	}
	d.index.Store(x)
	if sameNumbers {
		d.live.takeOver(old.live)
	}
}
