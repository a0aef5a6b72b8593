//! Every range, its edges, and what opens it.

use super::*;

fn verdict(guard: &EgressGuard, ip: &str) -> Option<&'static str> {
    guard
        .check(ip.parse().unwrap())
        .err()
        .map(|refusal| refusal.range)
}

#[test]
fn first_and_last_address_of_every_range_is_refused() {
    let rows = [
        ("unspecified", "0.0.0.0", "0.255.255.255"),
        ("private", "10.0.0.0", "10.255.255.255"),
        ("private", "172.16.0.0", "172.31.255.255"),
        ("private", "192.168.0.0", "192.168.255.255"),
        ("carrier-grade NAT", "100.64.0.0", "100.127.255.255"),
        ("loopback", "127.0.0.0", "127.255.255.255"),
        ("link-local", "169.254.0.0", "169.254.169.254"),
        ("protocol assignments", "192.0.0.0", "192.0.0.255"),
        ("documentation", "192.0.2.0", "192.0.2.255"),
        ("documentation", "198.51.100.0", "198.51.100.255"),
        ("documentation", "203.0.113.0", "203.0.113.255"),
        ("6to4 relay", "192.88.99.0", "192.88.99.255"),
        ("benchmarking", "198.18.0.0", "198.19.255.255"),
        ("multicast", "224.0.0.0", "239.255.255.255"),
        ("reserved", "240.0.0.0", "255.255.255.254"),
        ("broadcast", "255.255.255.255", "255.255.255.255"),
        ("unspecified", "::", "::"),
        ("loopback", "::1", "::1"),
        ("local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff::8.8.8.8"),
        ("discard", "100::", "100::ffff:ffff:ffff:ffff"),
        ("Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("benchmarking", "2001:2::", "2001:2:0:ffff::"),
        ("ORCHID", "2001:10::", "2001:1f:ffff::"),
        ("ORCHID", "2001:20::", "2001:2f:ffff::"),
        ("protocol assignments", "2001:1::1", "2001:1ff::"),
        ("documentation", "2001:db8::", "2001:db8:ffff::"),
        ("documentation", "3fff::", "3fff:fff:ffff::"),
        ("unique local", "fc00::", "fdff:ffff::"),
        ("link-local", "fe80::", "febf:ffff::"),
        ("site-local", "fec0::", "feff:ffff::"),
        ("multicast", "ff00::", "ffff:ffff::"),
        ("reserved", "200::", "1fff:ffff::"),
        ("reserved", "4000::", "fbff::"),
        ("reserved", "::1:0:0:0", "::fffe:10.0.0.1"),
    ];
    let guard = EgressGuard::default();
    for (range, first, last) in rows {
        assert_eq!(verdict(&guard, first), Some(range), "{first}");
        assert_eq!(verdict(&guard, last), Some(range), "{last}");
    }
}

#[test]
fn neighbours_of_the_ranges_are_public() {
    let guard = EgressGuard::default();
    for ip in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "8.8.8.8",
        "2000::1",
        "2001:200::1",
        "2001:db7::1",
        "2001:db9::1",
        "2606:4700::1111",
        "3ffe:ffff::1",
        "3fff:1000::1",
    ] {
        assert_eq!(verdict(&guard, ip), None, "{ip}");
    }
}

#[test]
fn embedded_addresses_are_judged_like_the_addresses_themselves() {
    let guard = EgressGuard::default();
    for (range, ip) in [
        (Some("loopback"), "::ffff:127.0.0.1"),
        (Some("link-local"), "::ffff:169.254.169.254"),
        (Some("private"), "::ffff:10.1.2.3"),
        (Some("loopback"), "::127.0.0.1"),
        (Some("link-local"), "64:ff9b::169.254.169.254"),
        (Some("private"), "64:ff9b::192.168.0.1"),
        (Some("private"), "2002:a01:203::1"),
        (Some("link-local"), "2002:a9fe:a9fe::"),
        (None, "::ffff:8.8.8.8"),
        (None, "64:ff9b::8.8.8.8"),
        (None, "2002:808:808::1"),
    ] {
        assert_eq!(verdict(&guard, ip), range, "{ip}");
    }
}

#[test]
fn allowed_networks_open_their_addresses_and_nothing_else() {
    let allow = ["10.1.0.0/16", "127.0.0.1/32", "fd00:1::/32"];
    let guard = EgressGuard::new(allow.iter().map(|net| net.parse().unwrap()).collect());
    for ip in [
        "10.1.2.3",
        "::ffff:10.1.2.3",
        "64:ff9b::10.1.2.3",
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "fd00:1::5",
    ] {
        assert_eq!(verdict(&guard, ip), None, "{ip}");
    }
    assert_eq!(verdict(&guard, "10.2.0.1"), Some("private"));
    assert_eq!(verdict(&guard, "127.0.0.2"), Some("loopback"));
    assert_eq!(verdict(&guard, "::ffff:127.0.0.2"), Some("loopback"));
    assert_eq!(verdict(&guard, "fd00:2::5"), Some("unique local"));
    assert_eq!(verdict(&guard, "169.254.169.254"), Some("link-local"));
}
