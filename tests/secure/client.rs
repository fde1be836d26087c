//! A client that speaks TLS and trusts one authority.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use gopool_tests::{LIMIT, Server};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName},
};

use crate::certificates::Authority;

/// What all connections of a client have in common.
#[derive(Clone)]
pub(crate) struct Client {
    config: Arc<ClientConfig>,
    address: SocketAddr,
}

/// A connection after its handshake.
pub(crate) struct TlsConnection(StreamOwned<ClientConnection, TcpStream>);

impl Client {
    /// Of this server, with protocols to choose from.
    pub(crate) fn of(server: &Server, authority: &Authority, alpn: &[&str]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate()).unwrap();
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        // Each handshake is one with a certificate.
        config.resumption = rustls::client::Resumption::disabled();
        Self {
            config: Arc::new(config),
            address: server.address(),
        }
    }

    /// Connects and shakes hands.
    pub(crate) fn connect(&self) -> io::Result<TlsConnection> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(self.config.clone(), name).map_err(io::Error::other)?;
        let socket = TcpStream::connect(self.address)?;
        socket.set_read_timeout(Some(LIMIT))?;
        socket.set_write_timeout(Some(LIMIT))?;
        socket.set_nodelay(true)?;
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(TlsConnection(stream))
    }

    /// The body of a `GET`, if the server is as patient as this takes.
    pub(crate) fn try_get(&self, target: &str) -> Option<String> {
        let mut connection = self.connect().ok()?;
        let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        connection.0.write_all(request.as_bytes()).ok()?;
        let answer = connection.rest().ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.starts_with("HTTP/1.1 200 ").then(|| body.to_owned())
    }

    /// The body of a `GET`, on a connection of its own that ends as it should.
    pub(crate) fn get(&self, target: &str) -> String {
        self.connect().unwrap().ask(target, "")
    }
}

impl TlsConnection {
    /// The certificate that the server has shown.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.conn.peer_certificates().unwrap()[0].clone()
    }

    /// What was agreed on.
    pub(crate) fn protocol(&self) -> Option<String> {
        let protocol = self.0.conn.alpn_protocol()?;
        Some(String::from_utf8(protocol.to_vec()).unwrap())
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
        self.0.flush().unwrap();
    }

    /// All that comes, up to the end.
    ///
    /// # Errors
    /// The end was not said in TLS, so somebody else may have made it.
    pub(crate) fn rest(&mut self) -> io::Result<String> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest)?;
        Ok(String::from_utf8_lossy(&rest).into_owned())
    }

    /// The body of a `GET` with these further headers, each with its line end; the last of this connection.
    pub(crate) fn ask(mut self, target: &str, headers: &str) -> String {
        self.send(&format!(
            "GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n"
        ));
        let answer = self.rest().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        body.to_owned()
    }
}
