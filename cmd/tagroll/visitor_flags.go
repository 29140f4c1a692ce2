package main

import (
	"fmt"
	"net/netip"

	"github.com/tagroll/tagroll/settings"
	"github.com/tagroll/tagroll/web"
)

// addLimits declares what visitors may do.
func (s *serveSettings) addLimits(set *settings.Set) {
	public := web.PublicLimits()
	set.Add(settings.Setting{
		Name: "public", Group: groupVisitors, Value: settings.Switch(&s.public),
		Help: `for the open internet: ` + fmt.Sprint(public.PhotosPerHour) + ` photos an hour for each visitor, and what else keeps one
			visitor from taking everything; each of the following can be given another value
			beside it`,
	}, settings.Setting{
		Name: "limit-requests", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.limits.RequestsPerMinute, 0, -1),
		Default: fmt.Sprintf("%d; public %d", web.DefaultRequestsPerMinute, public.RequestsPerMinute),
		Help:    "requests a minute for each address",
	}, settings.Setting{
		Name: "limit-photos-per-hour", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.limits.PhotosPerHour, 0, -1),
		Default: fmt.Sprintf("no limit; public %d", public.PhotosPerHour),
		Help:    "for each session and address, and as many that are tried again",
	}, settings.Setting{
		Name: "limit-open-batches", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.limits.OpenBatches, 0, -1),
		Default: fmt.Sprintf("no limit; public %d", public.OpenBatches),
		Help:    "that have not ended",
	}, settings.Setting{
		Name: "limit-photos-per-day", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.limits.PhotosPerDay, 0, -1),
		Default: "no limit",
		Help:    "of all visitors together, on all nodes of a cluster; then 503 until the day is over",
	}, s.budgetSetting(groupVisitors), settings.Setting{
		Name: "limit-connections", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.limits.ConnectionsPerClient, 0, -1),
		Default: fmt.Sprintf("no limit; public %d", public.ConnectionsPerClient),
		Help:    "for each address, proxies that are trusted aside",
	}, settings.Setting{
		Name: "limit-batch-photos", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.limits.PhotosPerBatch, 0, 0),
		Default: fmt.Sprintf("%d; public %d", web.DefaultPhotosPerBatch, public.PhotosPerBatch),
		Help:    "photos in one batch, never -1",
		Want:    "give a number of photos, such as 10000: a batch is never without limit",
	}, settings.Setting{
		Name: "limit-batch-bytes", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.batchMB, 0, -1),
		Default: fmt.Sprintf("no limit; public %d", public.BytesPerBatch>>20),
		Help:    "sent for one batch, in MiB",
		Want:    "give MiB, such as 500, or -1 for no limit",
	}, settings.Setting{
		Name: "limit-stored-bytes", Group: groupVisitors, Arg: "N", Value: settings.Number(&s.storeMB, 0, -1),
		Default: fmt.Sprintf("no limit; public %d", public.StoredBytes>>20),
		Help:    "of all batches, in MiB",
		Want:    "give MiB, such as 4096, or -1 for no limit",
	}, settings.Setting{
		Name: "trusted-proxies", Group: groupVisitors, Arg: "NETS", Value: settings.List(&s.trustedText), Default: "none",
		Help: `proxies whose X-Forwarded-For and -Proto are believed, such as 127.0.0.1,10.0.0.0/8;
			one that comes by a Unix socket always is`,
	})
	s.photoFlags.add(set, groupVisitors, maxVisitorsFile)
}

// publicUnlessGiven returns the limits of a public server, with what was given in their place.
func publicUnlessGiven(given web.Limits) web.Limits {
	public := web.PublicLimits()
	for _, pair := range [][2]*int{
		{&public.RequestsPerMinute, &given.RequestsPerMinute}, {&public.PhotosPerHour, &given.PhotosPerHour},
		{&public.OpenBatches, &given.OpenBatches}, {&public.PhotosPerBatch, &given.PhotosPerBatch},
		{&public.PhotosPerDay, &given.PhotosPerDay}, {&public.ConnectionsPerClient, &given.ConnectionsPerClient},
	} {
		if *pair[1] != 0 {
			*pair[0] = *pair[1]
		}
	}
	if given.BytesPerBatch != 0 {
		public.BytesPerBatch = given.BytesPerBatch
	}
	if given.StoredBytes != 0 {
		public.StoredBytes = given.StoredBytes
	}
	return public
}

// parseNetwork reads a network, or an address, which is a network of one.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err
}
