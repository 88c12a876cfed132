//! The servers themselves are started, stopped and cut off.

#[cfg(test)]
mod mariadb;
#[cfg(test)]
mod nats;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod toxiproxy;
#[cfg(test)]
mod watchdog;
