package directory

import "slices"

// TakeOver lets a directory that was made anew, for a reload, begin with the customers that the old
// one has, by the sources' names: nobody is unknown for a moment. Sources for which same is true
// are as they were and keep to their schedule; the others are read as soon as Run runs, and until
// then, or as long as they cannot be read, the customers read before are used on, as after any
// reading that fails. sameNumbers tells that both read numbers alike.
//
// It must be called before Run and Refresh, when the old one's Run has ended; the old one goes on
// answering.
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
		f.status, f.stamp, f.told = o.status, o.stamp, o.told
		f.restored = o.restored || !sameNumbers || !same(name)
		f.anew = !sameNumbers
		o.mu.Unlock()
		if f.restored {
			f.status.LastError = ""
		}
	}
	d.index.Store(x)
}
