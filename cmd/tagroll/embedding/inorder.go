package embedding

// inOrder does writes a few at a time, and tells of them in the order in which they were added, so
// that what users read does not depend on which was faster. Its zero value is ready to use. Its
// methods are for one goroutine.
type inOrder struct{ begun []write }

// writesAtOnce is how many writes run at the same time. While one waits for the disk to have its
// file, others read and hash theirs, and the disk takes several files in one go.
const writesAtOnce = 8

// write is a write that was begun.
type write struct {
	done chan struct{} // closed when the write has ended
	tell func()
}

// add begins a write, as soon as one may be begun. tell follows when this write and all before have
// ended, in a call of add or wait.
func (o *inOrder) add(do, tell func()) {
	for len(o.begun) >= writesAtOnce {
		o.next()
	}
	w := write{make(chan struct{}), tell}
	o.begun = append(o.begun, w)
	go func() {
		defer close(w.done)
		do()
	}()
}

// wait returns when all writes have ended and were told of.
func (o *inOrder) wait() {
	for len(o.begun) > 0 {
		o.next()
	}
}

// next tells of the oldest write when that has ended.
func (o *inOrder) next() {
	oldest := o.begun[0]
	o.begun = o.begun[1:]
	<-oldest.done
	oldest.tell()
}
