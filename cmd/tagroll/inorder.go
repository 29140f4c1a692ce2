package main

// inOrder does jobs a few at a time, and tells of them in the order in which they were added, so
// that what users read does not depend on which was faster. Its zero value is ready to use. Its
// methods are for one goroutine.
type inOrder struct{ begun []job }

// jobsAtOnce is how many jobs run at the same time. While one waits for the disk to have its file,
// others read and hash theirs, and the disk takes several files in one go.
const jobsAtOnce = 8

// job is a job that was begun.
type job struct {
	done chan struct{} // closed when the job has ended
	tell func()
}

// add begins a job, as soon as one may be begun. tell follows when this job and all before have
// ended, in a call of add or wait.
func (o *inOrder) add(do, tell func()) {
	for len(o.begun) >= jobsAtOnce {
		o.next()
	}
	j := job{make(chan struct{}), tell}
	o.begun = append(o.begun, j)
	go func() {
		defer close(j.done)
		do()
	}()
}

// wait returns when all jobs have ended and were told of.
func (o *inOrder) wait() {
	for len(o.begun) > 0 {
		o.next()
	}
}

// next tells of the oldest job when that has ended.
func (o *inOrder) next() {
	oldest := o.begun[0]
	o.begun = o.begun[1:]
	<-oldest.done
	oldest.tell()
}
